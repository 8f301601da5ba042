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
const CONTEXT_SHARE = 0.4;
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
  const asks = /[?？]$/.test(option.text) ? 0.2 : 0;
  return covered + number - scrap - asks - RANK_PENALTY * option.rank;
}

/** The best sentence, then those that cover what is still missing of the query. */
function choose(options: readonly Option[], weights: TermWeights, query: string): Option[] {
  const chosen: Option[] = [];
  const covered = new Set<string>();
  const byScore = options.map((option) => ({ option, score: scoreOf(option, weights, query) })).sort((a, b) => b.score - a.score);
  while (chosen.length < MAX_PARTS) {
    const left = byScore.filter(({ option }) => !chosen.includes(option));
    const gain = ({ option, score }: (typeof left)[number]): number =>
      chosen.length === 0 ? score : weights.sumOf((term) => option.terms.has(term) && !covered.has(term)) / Math.max(1e-9, weights.total);
    const best = left.reduce<(typeof left)[number] | undefined>(
      (top, item) => (top === undefined || gain(item) > gain(top) ? item : top),
      undefined,
    );
    if (best === undefined || (chosen.length > 0 && gain(best) < WORTH_ADDING)) break;
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
  const quotes = chosen.map((option) => {
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
