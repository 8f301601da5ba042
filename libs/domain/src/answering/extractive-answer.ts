import { queryTerms } from '../shared/query-terms';
import { queryLanguage, type QueryLanguage } from './query-language';
import { quotedText } from './quoted-text';
import { type Sentence, sentencesOf } from './sentence';
import { TermWeights, termSet } from './term-weights';

export interface QuotableSource {
  /** What the answer cites as `[number]`. */
  readonly number: number;
  readonly content: string;
  /** Heading path of the chunk; its words count a little, for a sentence seldom repeats its title. */
  readonly section: string;
}

/** A quote: `text` is exactly `content.slice(start, end)` of the source, in UTF-16 code units. */
export interface QuotedPart {
  readonly sourceNumber: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface ExtractiveAnswer {
  readonly text: string;
  readonly parts: readonly QuotedPart[];
}

interface Option extends Sentence {
  readonly source: QuotableSource;
  readonly rank: number;
  readonly text: string;
  readonly terms: ReadonlySet<string>;
  readonly context: ReadonlySet<string>;
}

const MAX_PARTS = 3;
/** A further sentence must bring this share of the query's weight that is not there yet. */
const WORTH_ADDING = 0.2;
/** A neighbour needs less: rules state the exception right after. */
const NEIGHBOUR_WORTH_ADDING = 0.07;
const CONTEXT_SHARE = 0.7;
const FOREIGN_PENALTY = 0.15;
const RANK_PENALTY = 0.08;
const ASKED_FOR_NUMBER =
  /얼마|몇|며칠|언제|금액|비용|기간|날짜|비율|how (?:much|many|long|old|often)|\bwhen\b|what (?:year|date|percent|time)/i;
const LEADS_ON = /(?:[:：]|다음과 같다\.?|다음과 같습니다\.?|as follows\.?)$/;
const FOREIGN_QUOTE: Record<QueryLanguage, string> = { ko: '문서의 원문입니다: ', en: 'From the document, in its own language: ' };

function optionsOf(sources: readonly QuotableSource[]): Option[] {
  return sources.flatMap((source, rank) =>
    sentencesOf(source.content)
      .filter(({ kind }) => kind !== 'heading')
      .map((sentence) => {
        const text = source.content.slice(sentence.start, sentence.end);
        return {
          ...sentence,
          source,
          rank,
          text,
          terms: termSet(text),
          context: termSet(`${source.section} ${sentence.columns.join(' ')}`),
        };
      }),
  );
}

function scoreOf(option: Option, weights: TermWeights, query: string): number {
  const own = weights.sumOf((term) => option.terms.has(term));
  const context = weights.sumOf((term) => !option.terms.has(term) && option.context.has(term));
  const covered = (own + CONTEXT_SHARE * context) / Math.max(1e-9, weights.total);
  const number = ASKED_FOR_NUMBER.test(query) && /\d/.test(option.text) ? 0.16 : 0;
  const scrap = option.kind === 'prose' && option.text.length < 12 ? 0.15 : 0;
  const foreign = queryLanguage(option.text) === queryLanguage(query) ? 0 : FOREIGN_PENALTY;
  const asks = /[?？]$/.test(option.text) ? 0.2 : 0;
  return covered + number - scrap - asks - foreign - RANK_PENALTY * option.rank;
}

const follows = (option: Option, chosen: readonly Option[]): boolean =>
  chosen.some(
    ({ source, end }) =>
      source === option.source && /^\s*$/.test(source.content.slice(end, Math.max(end, option.start))) && option.start >= end,
  );

/** The best sentence, then those that cover what is still missing of the query. */
function choose(options: readonly Option[], weights: TermWeights, query: string): Option[] {
  const [first] = options.map((option) => ({ option, score: scoreOf(option, weights, query) })).sort((a, b) => b.score - a.score);
  if (first === undefined) return [];
  const chosen = [first.option];
  const covered = new Set(first.option.terms);
  // A name that the first's own title holds is no reason to quote the other language, too.
  const known = (option: Option, term: string): boolean =>
    covered.has(term) || (first.option.context.has(term) && queryLanguage(option.text) !== queryLanguage(first.option.text));
  while (chosen.length < MAX_PARTS) {
    const gains = options
      .filter((option) => !chosen.includes(option))
      .map((option) => {
        const gain = weights.sumOf((term) => option.terms.has(term) && !known(option, term)) / Math.max(1e-9, weights.total);
        return { option, gain, enough: gain >= (follows(option, chosen) ? NEIGHBOUR_WORTH_ADDING : WORTH_ADDING) };
      });
    const [best] = gains.filter(({ enough }) => enough).sort((a, b) => b.gain - a.gain);
    if (best === undefined) break;
    chosen.push(best.option);
    for (const term of best.option.terms) covered.add(term);
  }
  return chosen;
}

/** `The fees are:` says nothing alone: the items after it belong to the quote. */
function endOf(option: Option, options: readonly Option[]): number {
  if (!LEADS_ON.test(option.text)) return option.end;
  const following = options.filter(({ source, start }) => source === option.source && start >= option.end);
  return following.slice(0, 4).at(-1)?.end ?? option.end;
}

/**
 * Answers with one to three quotes, in the order of the sources: what covers the query's terms best, with numbers where a number is asked
 * for. Undefined when no source holds a sentence. Quotes stay in the document's language; what stands around them is in `language`.
 */
export function extractiveAnswer(query: string, language: QueryLanguage, sources: readonly QuotableSource[]): ExtractiveAnswer | undefined {
  const options = optionsOf(sources);
  const weights = new TermWeights(
    queryTerms(query),
    options.map(({ terms }) => terms),
  );
  const chosen = choose(options, weights, query).sort((a, b) => a.rank - b.rank || a.start - b.start);
  if (chosen.length === 0) return undefined;
  const repeated = (option: Option): boolean =>
    chosen.some(
      (other) => other !== option && other.source === option.source && other.start < option.start && endOf(other, options) > option.start,
    );
  const quotes = chosen
    .filter((option) => !repeated(option))
    .map((option) => {
      const [start, end] = [option.start, endOf(option, options)];
      const part = { sourceNumber: option.source.number, start, end, text: option.source.content.slice(start, end) };
      return { part, shown: `${quotedText(part.text, option.columns)} [${option.source.number}]` };
    });
  const foreign = quotes.every(({ part }) => queryLanguage(part.text) !== language);
  return {
    text: (foreign ? FOREIGN_QUOTE[language] : '') + quotes.map(({ shown }) => shown).join(' '),
    parts: quotes.map(({ part }) => part),
  };
}
