import { ENGLISH_STOP_WORDS, englishStem } from './english-stem';

/** How fast a repeated term stops adding to the score. */
export const BM25_K1 = 1.2;
/** How much a long chunk is held against it. */
export const BM25_B = 0.75;

/** Latin words and codes with their inner separators, runs of Hangul, runs of any other letters. Combining marks stay with their letter. */
const RUN = /(?<latin>[a-z0-9]+(?:[-_./,:][a-z0-9]+)*)|\p{Script=Hangul}+|(?:(?![a-z0-9]|\p{Script=Hangul})[\p{L}\p{M}\p{N}])+/gu;
const GROUPED_NUMBER = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/** Compatibility forms unified, lower case, Latin letters without accents; Hangul comes out composed, whatever form it came in. */
const normalise = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/(?<=[a-z])[\u0300-\u036f]+/g, '')
    .normalize('NFC');

function wordTerms(word: string): string[] {
  if (ENGLISH_STOP_WORDS.has(word)) return [];
  return [/^[a-z]+$/.test(word) ? englishStem(word) : word];
}

/** `12,345` → 12345; `ab-123` → ab, 123, ab123; `2024.3.15` → 2024, 3, 15, 2024.3.15; `well-known` → its words. */
function latinTerms(run: string): string[] {
  if (GROUPED_NUMBER.test(run)) return [run.replaceAll(',', '')];
  const parts = run.split(/[-_./,:]/);
  const terms = parts.flatMap(wordTerms);
  if (parts.length === 1 || parts.length > 6 || !/\d/.test(run)) return terms;
  // A point stays: 3.5 is not 35. Other separators are a matter of taste: AB-123, AB_123 and AB123 are one code.
  return [...terms, run.replaceAll(/[-_/,:]/g, '')];
}

function bigrams(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
}

/**
 * The terms that BM25 compares, in order and with repeats: English words without stop words and stemmed, Hangul and other scripts as
 * character bigrams (`승인서는` → 승인, 인서, 서는; a single syllable stays), numbers and codes so that their spellings meet.
 */
export function bm25Terms(text: string): readonly string[] {
  return [...normalise(text).matchAll(RUN)].flatMap(({ groups, 0: run }) =>
    groups?.['latin'] === undefined ? bigrams(run) : latinTerms(run),
  );
}

/** How often each term stands in the text; `length` counts them all, with repeats. */
export function termFrequencies(text: string): { readonly frequencies: ReadonlyMap<string, number>; readonly length: number } {
  const frequencies = new Map<string, number>();
  const terms = bm25Terms(text);
  for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  return { frequencies, length: terms.length };
}
