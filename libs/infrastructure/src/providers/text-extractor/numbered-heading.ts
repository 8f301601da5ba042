/** A heading that is known by its numbering, not by its size: `제2장 휴가`, `제3조(연차)`, `부칙`, `4.2 Access`. */
export interface NumberedHeading {
  /** Smaller is further out; only the order among those of one document counts. */
  readonly rank: number;
  readonly text: string;
  /** What follows on the same line: an article's text often does. */
  readonly rest: string;
}

const PART_RANKS = new Map([
  ['편', 1],
  ['장', 2],
  ['절', 3],
  ['관', 4],
]);
const ARTICLE_RANK = 5;
const SUPPLEMENT_RANK = 2;

const PART = /^제\s?\d{1,3}\s?(?<part>편|장|절|관)(?:의\s?\d{1,2})?(?=\s|$|[.:(])/u;
/** A particle right behind the bracket means that the article is spoken of, not begun. */
const ARTICLE =
  /^제\s?\d{1,4}\s?조(?:의\s?\d{1,3})?\s?[(（[【](?:[^()（）\[\]【】]|\([^()]*\)){1,60}[)）\]】](?!(?:에|의|를|을|와|과|및|또는|부터|까지|제|·|,|항)|[이가은는로](?=\s))/u;
const BARE_ARTICLE = /^제\s?\d{1,4}\s?조(?:의\s?\d{1,3})?(?=\s|$)/u;
const SUPPLEMENT =
  /^(?:부\s*칙(?=\s*(?:[<(（[]|제|$))|[[<【(]?\s*별\s*[표지]\s*(?:제?\s*\d{1,3}\s*호?(?:의\s?\d+)?)?\s*(?:서식)?\s*[\]>】)]?(?=\s|$))/u;
const DECIMAL = /^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=[\p{Lu}\p{Script=Hangul}])/u;

const ENDS_LIKE_SENTENCE = /[.!?,;:。]["'”’)]*$|(?:다|요|음|함)\.?$/u;
const SHORT = 60;

const isTitle = (line: string): boolean => line.length <= SHORT && !ENDS_LIKE_SENTENCE.test(line);

/** What the beginning of a paragraph says about being a heading; null when nothing. */
export function numberedHeading(line: string): NumberedHeading | null {
  const article = ARTICLE.exec(line);
  if (article !== null) return { rank: ARTICLE_RANK, text: article[0], rest: line.slice(article[0].length).trim() };
  if (!isTitle(line)) return null;
  const part = PART.exec(line)?.groups?.['part'];
  if (part !== undefined) return { rank: PART_RANKS.get(part) ?? 2, text: line, rest: '' };
  if (SUPPLEMENT.test(line)) return { rank: SUPPLEMENT_RANK, text: line, rest: '' };
  if (BARE_ARTICLE.test(line)) return { rank: ARTICLE_RANK, text: line, rest: '' };
  const decimal = DECIMAL.exec(line);
  return decimal === null ? null : { rank: ARTICLE_RANK + (decimal[0].match(/\d+/g)?.length ?? 1), text: line, rest: '' };
}

/** Levels of the ranks that occur, following on from `above` levels that other headings take. */
export function levelsOf(ranks: readonly number[], above: number): (rank: number) => number {
  const present = [...new Set(ranks)].sort((a, b) => a - b);
  return (rank) => Math.min(6, Math.max(1, above + present.indexOf(rank) + 1));
}
