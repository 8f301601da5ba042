import { ENGLISH_STOP_WORDS, englishStem } from './english-stem';
import { unifiedText } from './unified-text';

/** How fast a repeated term stops adding to the score. */
export const BM25_K1 = 1.2;
/** How much a long chunk is held against it. */
export const BM25_B = 0.75;

/** A term of title and headings against one of the content: docs/decisions/0021 has what was tried. */
const CONTEXT_WEIGHT = 3;
/** Another one whenever a text gets other terms: chunks whose postings have an older one get them anew. */
export const TERMS_VERSION = 2;

/** Latin words and codes with their inner separators, runs of Hangul, runs of any other letters. Combining marks stay with their letter. */
const RUN = /[a-z0-9]+(?:[-_./,:][a-z0-9]+)*|\p{Script=Hangul}+|(?:(?![a-z0-9]|\p{Script=Hangul})[\p{L}\p{M}\p{N}])+/gu;
const LATIN = /^[a-z0-9]/;
const SURROGATE = /[\ud800-\udfff]/;
const HANGUL = /^\p{Script=Hangul}/u;
const GROUPED_NUMBER = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/** `ab123` → ab, 123, ab123: written together or apart, it is one code. */
function wordTerms(word: string): string[] {
  if (ENGLISH_STOP_WORDS.has(word)) return [];
  if (/^[a-z]+$/.test(word)) return [englishStem(word)];
  return /^\d+$/.test(word) ? [word] : [...word.split(/(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)/).flatMap(wordTerms), word];
}

/** `12,345` → 12345; `ab-123` → ab, 123, ab123; `2024.3.15` → 2024, 3, 15, 2024.3.15; `well-known` → its words; `e-mail` → also email. */
function latinTerms(run: string): string[] {
  if (/^[a-z]+$/.test(run)) return wordTerms(run);
  if (GROUPED_NUMBER.test(run)) return latinTerms(run.replaceAll(',', ''));
  const parts = run.split(/[-_./,:]/);
  const terms = parts.flatMap(wordTerms);
  if (/^[a-z]-[a-z]+$/.test(run)) return [...terms, englishStem(run.replace('-', ''))];
  if (parts.length === 1 || parts.length > 6 || !/\d/.test(run)) return terms;
  // A point stays: 3.5 is not 35. Other separators are a matter of taste: AB-123, AB_123 and AB123 are one code.
  return [...terms, run.replaceAll(/[-_/,:]/g, '')];
}

/** What follows a number without telling what it counts. */
const PARTICLES = new Set('은는이가을를의에와과로으도만');

/** `12조` → 12조, `1,234원` → 1234원: article 12 and not any 12. Nothing after anything else than a number, or before a particle. */
function countedTerm(run: string, next: string | undefined): string[] {
  const [unit = ''] = next ?? '';
  if (unit === '' || PARTICLES.has(unit)) return [];
  const number = (run.split(/[-_/:]/).at(-1) ?? '').replaceAll(',', '');
  return /^\d[\d.]*$/.test(number) ? [`${number}${unit}`] : [];
}

/** Overlapping pairs; a single character stays. In plain loops, as most of the terms of a Korean text are made here. */
function addBigrams(terms: string[], run: string): void {
  if (SURROGATE.test(run)) {
    const characters = Array.from(run);
    if (characters.length === 1) terms.push(run);
    for (let at = 1; at < characters.length; at += 1) terms.push(characters.slice(at - 1, at + 1).join(''));
    return;
  }
  if (run.length === 1) terms.push(run);
  for (let at = 1; at < run.length; at += 1) terms.push(run.slice(at - 1, at + 1));
}

/**
 * The terms that BM25 compares, in order and with repeats: English words without stop words and stemmed, Hangul and other scripts as
 * character bigrams (`승인서는` → 승인, 인서, 서는; a single syllable stays), numbers and codes so that their spellings meet, and a number with
 * what it counts (`12조` → 12, 12조, 조).
 */
export function bm25Terms(text: string): readonly string[] {
  const runs = [...unifiedText(text).matchAll(RUN)];
  const terms: string[] = [];
  for (const [at, { 0: run, index }] of runs.entries()) {
    if (LATIN.test(run)) {
      const next = runs[at + 1];
      const follows = next?.index === index + run.length && HANGUL.test(next[0]);
      terms.push(...latinTerms(run), ...countedTerm(run, follows ? next[0] : undefined));
    } else addBigrams(terms, run);
  }
  return terms;
}

export interface TermCounts {
  readonly frequencies: ReadonlyMap<string, number>;
  /** All terms, repeats included. */
  readonly length: number;
}

/** How often each term stands in the text. */
export function termFrequencies(text: string): TermCounts {
  return counts(bm25Terms(text));
}

/** A passage under its title and headings, each term of which counts as if it stood there that many times. */
export function passageTerms(context: string, content: string): TermCounts {
  const above = bm25Terms(context);
  return counts([...Array.from({ length: CONTEXT_WEIGHT }, () => above).flat(), ...bm25Terms(content)]);
}

function counts(terms: readonly string[]): TermCounts {
  const frequencies = new Map<string, number>();
  for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  return { frequencies, length: terms.length };
}
