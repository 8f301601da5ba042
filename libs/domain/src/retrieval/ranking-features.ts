import { bm25Terms } from '../shared/bm25-terms';
import type { ChunkText } from '../shared/chunk-text';
import { queryTerms } from '../shared/query-terms';
import { TermFinder } from '../shared/term-places';
import type { SearchCandidate } from '../shared/ranked-chunk';
import { bestStretch } from './best-stretch';
import { foreignTo } from './candidate-language';
import type { LateInteraction } from './late-interaction';
import { average, centred, standardScores } from './standard-scores';

/** A candidate of both legs with what the ranking looks at. */
export interface RankingCandidate extends SearchCandidate {
  readonly text: ChunkText;
  /** Sum of the idf of the query's terms that the indexed chunk holds. */
  readonly coveredIdf: number;
  /** Null where the chunk, or the query, has no token vectors. */
  readonly late: LateInteraction | null;
}

export interface RankingQuery {
  readonly query: string;
  /** Sum of the idf of all the query's terms. */
  readonly totalIdf: number;
  /** Of each of them. Default: none is known, and `textNear` is 0. */
  readonly idf?: ReadonlyMap<string, number>;
}

/**
 * The figures of one candidate among the others of its query. "Standard" is in standard deviations from the mean of the candidates, or in
 * usual ones where these are larger.
 */
export interface RankingFeatures {
  readonly vector: number;
  readonly text: number;
  /** `text` against the usual deviation at least; 0 or more for a text in the other language, which cannot hold most of the query's terms. */
  readonly textMatch: number;
  /**
   * Share of the idf of the query's terms that the best five words in a row hold, title and headings standing before the text, against the
   * usual deviation at least among those that are looked at; 0 for the others, and 0 or more for a text in the other language.
   */
  readonly textNear: number;
  /** Late interaction, weighted and plain, against the usual deviation at least; 0 without token vectors. */
  readonly late: number;
  readonly latePlain: number;
  /** `late` where the candidates are tables, in part or all: the share of tables among them. */
  readonly lateInTables: number;
  /** Late interaction of a table. */
  readonly lateOfTable: number;
  readonly textInTables: number;
  /** Share of the query's idf that the chunk holds. */
  readonly covered: number;
  /** Share of the query's terms in title and headings, against the mean of the candidates. */
  readonly title: number;
  /** Share of the query's numbers and codes in the chunk or around it, against the mean of the candidates. */
  readonly numbers: number;
  readonly table: number;
  /** Natural logarithm of the length, against the mean of the candidates. */
  readonly length: number;
  /** 1 where the chunk is in another language than most of the query. */
  readonly foreign: number;
  /** The two of such a chunk. */
  readonly vectorOfForeign: number;
  readonly lateOfForeign: number;
  /** Late interaction from such a chunk to the question, against the usual deviation at least; 0 in the question's language and without tokens. */
  readonly lateReverseOfForeign: number;
  /** Reciprocal ranks, k = 10, summed over both legs. */
  readonly ranks: number;
}

/** Of every figure, by which a model may weigh it. */
export const FEATURE_NAMES = [
  'vector',
  'text',
  'textMatch',
  'textNear',
  'late',
  'latePlain',
  'lateInTables',
  'lateOfTable',
  'textInTables',
  'covered',
  'title',
  'numbers',
  'table',
  'length',
  'foreign',
  'vectorOfForeign',
  'lateOfForeign',
  'lateReverseOfForeign',
  'ranks',
] as const satisfies readonly (keyof RankingFeatures)[];

const RANK_K = 10;
/**
 * Usual deviations among the candidates of one query, of BM25 as a share of the query's idf and of late interaction within a language and
 * across. Passages that repeat each other deviate less, and then what they deviate by is mostly chance.
 */
const TEXT_DEVIATION = 0.17;
const NEAR_DEVIATION = 0.1;
const LATE_DEVIATION = 0.1;
const FOREIGN_LATE_DEVIATION = 0.07;

/** Share of lines that are rows of a table, as extraction writes them. */
function tableShare({ content }: ChunkText): number {
  const lines = content.split('\n').filter((line) => line !== '');
  return lines.filter((line) => line.startsWith('|')).length / Math.max(1, lines.length);
}

function shareOf(terms: readonly string[], present: (term: string) => boolean): number {
  return terms.length === 0 ? 0 : terms.filter(present).length / terms.length;
}

/** As whole numbers: 15 is not found in 2015. */
function holdsNumber(text: string, number: string): boolean {
  for (let at = text.indexOf(number); at >= 0; at = text.indexOf(number, at + 1)) {
    if (!/[\p{N}]/u.test(text[at - 1] ?? ' ') && !/[\p{N}]/u.test(text[at + number.length] ?? ' ')) return true;
  }
  return false;
}

/**
 * In the order of the candidates. Pure: the same candidates in another order have the same figures. `looksAt`: whose text is read closely, for that
 * takes time. Default: all.
 */
export function rankingFeatures(
  { query, totalIdf, idf }: RankingQuery,
  candidates: readonly RankingCandidate[],
  looksAt: (candidate: RankingCandidate) => boolean = () => true,
): RankingFeatures[] {
  const terms = queryTerms(query);
  const numbers = terms.filter((term) => /\d/.test(term));
  const isForeign = foreignTo(query);
  const foreign = candidates.map((candidate) => isForeign(candidate.text));
  const tables = candidates.map((candidate) => candidate.text.read(tableShare));
  const inTables = average(tables);
  const usual = (at: number): number => (foreign[at] === true ? FOREIGN_LATE_DEVIATION : LATE_DEVIATION);
  const [late, latePlain, lateReverse] = (['weighted', 'plain', 'reverse'] as const).map((kind) =>
    standardScores(
      candidates.map((candidate) => candidate.late?.[kind] ?? null),
      usual,
    ),
  );
  const vector = standardScores(candidates.map(({ similarity }) => similarity));
  const texts = candidates.map(({ bm25 }) => bm25);
  const text = standardScores(texts);
  const matches = standardScores(texts, () => TEXT_DEVIATION * totalIdf);
  const stretch = stretchShare(terms, idf ?? new Map());
  const nears = standardScores(
    candidates.map((candidate) => (looksAt(candidate) ? stretch(candidate) : null)),
    () => NEAR_DEVIATION,
  );
  const title = centred(candidates.map((candidate) => titleShare(terms, candidate.text)));
  const numbersFound = centred(
    candidates.map((candidate) => {
      if (numbers.length === 0) return 0;
      const plain = wholeWithPlainNumbers(candidate.text);
      return shareOf(numbers, (number) => holdsNumber(plain, number));
    }),
  );
  const length = centred(candidates.map((candidate) => Math.log(1 + candidate.text.content.length)));
  return candidates.map((candidate, at) => {
    const [lateHere, tableHere] = [late?.[at] ?? 0, tables[at] ?? 0];
    const [foreignHere, match, near] = [foreign[at] === true ? 1 : 0, matches[at] ?? 0, nears[at] ?? 0];
    const { vectorRank, bm25Rank, coveredIdf } = candidate;
    return {
      vector: vector[at] ?? 0,
      text: text[at] ?? 0,
      textMatch: foreignHere === 1 ? Math.max(0, match) : match,
      textNear: foreignHere === 1 ? Math.max(0, near) : near,
      late: lateHere,
      latePlain: latePlain?.[at] ?? 0,
      lateInTables: lateHere * inTables,
      lateOfTable: lateHere * tableHere,
      textInTables: match * inTables,
      covered: totalIdf <= 0 ? 0 : Math.min(1, coveredIdf / totalIdf),
      title: title[at] ?? 0,
      numbers: numbersFound[at] ?? 0,
      table: tableHere,
      length: length[at] ?? 0,
      foreign: foreignHere,
      vectorOfForeign: (vector[at] ?? 0) * foreignHere,
      lateOfForeign: lateHere * foreignHere,
      lateReverseOfForeign: (lateReverse?.[at] ?? 0) * foreignHere,
      ranks: reciprocal(vectorRank) + reciprocal(bm25Rank),
    };
  });
}

const reciprocal = (rank: number | null): number => (rank === null ? 0 : RANK_K / (RANK_K + rank));

/** Of a candidate the share of the terms' idf that its best stretch holds. */
function stretchShare(terms: readonly string[], idf: ReadonlyMap<string, number>): (candidate: Pick<RankingCandidate, 'text'>) => number {
  const weights = terms.map((term) => idf.get(term) ?? 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return () => 0;
  const finder = new TermFinder(terms);
  return ({ text: { context, content } }) => bestStretch(finder.placesIn(`${context}\n${content}`), weights) / total;
}

const contextTerms = ({ context }: ChunkText): ReadonlySet<string> => new Set(bm25Terms(context));
const wholeWithPlainNumbers = ({ context, content }: ChunkText): string =>
  `${context}\n${content}`.toLowerCase().replaceAll(/(?<=\d),(?=\d{3})/g, '');

function titleShare(terms: readonly string[], text: ChunkText): number {
  if (text.context === '') return 0;
  const held = text.read(contextTerms);
  return shareOf(terms, (term) => held.has(term));
}
