import { sentencesOf } from './sentence';
import { quotedText } from './quoted-text';
import { TermWeights, termSet } from './term-weights';

/** A sentence of an answer and the sources it names; none: nobody vouches for it. */
export interface CitedSentence {
  /** Without markers. */
  readonly text: string;
  readonly sourceNumbers: readonly number[];
}

export interface CitedAnswer {
  /** The answer with markers of the form `[n]` only, and none that points nowhere. */
  readonly text: string;
  /** Cited sources in the order of their first mention, each once. */
  readonly sourceNumbers: readonly number[];
  readonly sentences: readonly CitedSentence[];
  /** The same, cut behind every marker: `15 days [1] and 3 hours [2]` claims two things of two sources. */
  readonly claims: readonly CitedSentence[];
}

/** UTF-16 code units of the content, end exclusive. */
export interface QuoteSpan {
  readonly start: number;
  readonly end: number;
}

/** `[1]`, `[1, 2]`, `[1][2]`, `【3】`: models write all of them. Blanks are tried from their first on, else a long run costs its square. */
const MARKER = /(?<!\s)(\s*)[[【]\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*[\]】]/g;
/** Markers that follow a full stop belong to the sentence before it. */
const SENTENCE_WITH_MARKERS = /[^.!?。\n]*(?:[.!?。](?!\s|$|\s*\[\d)[^.!?。\n]*)*[.!?。]*(?:\s*\[\d{1,3}\])*/g;

const BEHIND_MARKERS = /(?<=\[\d{1,3}\])(?!\s*\[\d)/;

const MAX_QUOTES = 3;
/** A sentence of the source carries the claim when it holds this share of what the best one holds … */
const NEAR_BEST = 0.75;
/** … and this share of the claim's own weight. */
const CARRIES = 0.3;

function numbersOf(marker: string, sourceCount: number): number[] {
  const numbers = [...marker.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  return [...new Set(numbers)].filter((number) => number >= 1 && number <= sourceCount);
}

/** The text with markers of the form `[n]` only, and none that names no source. */
export function checkedMarkers(answer: string, sourceCount: number): string {
  return answer.replaceAll(MARKER, (marker: string, space: string) => {
    const numbers = numbersOf(marker, sourceCount).map((number) => `[${number}]`);
    return numbers.length === 0 ? '' : space + numbers.join('');
  });
}

/** Reads the markers of a generated answer; those that name none of the `sourceCount` sources (numbered from 1) are taken out. */
export function readCitations(answer: string, sourceCount: number): CitedAnswer {
  const text = checkedMarkers(answer, sourceCount);
  const read = (passage: string): CitedSentence[] => {
    const bare = passage.replaceAll(/(?<!\s)\s*\[\d{1,3}\]/g, '').trim();
    return bare === '' ? [] : [{ text: bare, sourceNumbers: numbersOf([...passage.matchAll(/\[\d+\]/g)].join(), sourceCount) }];
  };
  // Where lines end, one line feed says as much as many, and markers are looked for behind it once.
  const lines = text.replaceAll(/(?<!\s)\s+/g, (blanks) => (blanks.includes('\n') ? '\n' : blanks));
  const sentences = [...lines.matchAll(SENTENCE_WITH_MARKERS)].map(([sentence]) => sentence);
  return {
    text,
    sourceNumbers: numbersOf([...text.matchAll(/\[\d+\]/g)].join(), sourceCount),
    sentences: sentences.flatMap(read),
    claims: sentences.flatMap((sentence) => sentence.split(BEHIND_MARKERS)).flatMap(read),
  };
}

/**
 * The spans of a source's content that carry a cited sentence: the one to three sentences or table rows with most of its terms, in order.
 * Empty when the content shares too little with the claim (another language, or no support).
 */
export function quoteSpans(claim: string, content: string): readonly QuoteSpan[] {
  const options = sentencesOf(content)
    .filter(({ kind }) => kind !== 'heading')
    .map(({ start, end, columns }) => ({ start, end, terms: termSet(quotedText(content.slice(start, end), columns)) }));
  const weights = new TermWeights(
    [...termSet(claim)],
    options.map(({ terms }) => terms),
  );
  const scored = options.map((option) => ({
    ...option,
    share: weights.sumOf((term) => option.terms.has(term)) / Math.max(1e-9, weights.total),
  }));
  const best = Math.max(0, ...scored.map(({ share }) => share));
  return scored
    .filter(({ share }) => share >= CARRIES && share >= NEAR_BEST * best)
    .sort((a, b) => b.share - a.share || a.start - b.start)
    .slice(0, MAX_QUOTES)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end }) => ({ start, end }));
}
