import { bm25Terms } from './bm25-terms';
import { ENGLISH_STOP_WORDS, englishStem } from './english-stem';

/** A term that was looked for, by its number, and the word that it stands in: after how many others of the text. */
export interface TermPlace {
  readonly term: number;
  readonly word: number;
}

/** So many letters fit into a small whole number, 5 bits each. */
const PACKED = 6;
/** Stop words by their letters in such a number: without making a string of every word. The longer ones stand for themselves. */
const SHORT_STOP_WORDS = new Set(
  [...ENGLISH_STOP_WORDS].filter(({ length }) => length <= PACKED).map((word) => packed(word, 0, word.length)),
);
const LONGEST_STOP_WORD = Math.max(...[...ENGLISH_STOP_WORDS].map(({ length }) => length));
/** Characters beyond ASCII that stand between words and come up everywhere. */
const BETWEEN = new Set(Array.from('“”‘’–—·「」『』•…※○●■□▶→', (character) => character.charCodeAt(0)));

const isBlank = (code: number): boolean => code <= 32;
const isLetter = (code: number): boolean => code >= 97 && code <= 122;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isSyllable = (code: number): boolean => code >= 0xac00 && code <= 0xd7a3;
/** `-`, `.`, `/`, `,`, `:` and `_`, which may join what stands before and after them. */
const isJoint = (code: number): boolean => (code >= 44 && code <= 47) || code === 58 || code === 95;
/** Hangul that is no syllable, other scripts, and all that is seldom. */
const isOther = (code: number): boolean => code >= 128 && !isSyllable(code) && !BETWEEN.has(code);

const STARTS = 4_096;
/** A number for the first two characters, which no stem changes: what begins otherwise need not be looked at. Some share one. */
const startOf = (first: number, second: number): number => (first * 31 + second) % STARTS;

/**
 * Finds terms (`bm25Terms`) in texts, and the words that they stand in. A word is what stands between blanks; stop words and what has
 * neither letters nor digits are none. Makes only the terms that may be wanted, which takes a third to a half of the time of all.
 */
export class TermFinder {
  private readonly numbers: ReadonlyMap<string, number>;
  /** 1 for what a term may begin with. */
  private readonly starts = new Uint8Array(STARTS);
  private readonly firsts: ReadonlySet<number>;

  /** Distinct terms; each is called by its number here. */
  constructor(terms: readonly string[]) {
    this.numbers = new Map(terms.map((term, at) => [term, at]));
    for (const term of terms) this.starts[startOf(term.charCodeAt(0), term.length > 1 ? term.charCodeAt(1) : 0)] = 1;
    this.firsts = new Set(terms.map((term) => term.charCodeAt(0)));
  }

  /** How many terms are looked for. */
  get count(): number {
    return this.numbers.size;
  }

  /** Numbers of the terms that the text holds. */
  heldIn(content: string): ReadonlySet<number> {
    return new Set(this.placesIn(content).map(({ term }) => term));
  }

  /** In the order of the text. */
  placesIn(content: string): readonly TermPlace[] {
    const text = content.toLowerCase();
    const places: TermPlace[] = [];
    let word = 0;
    for (let at = 0, end = 0; at < text.length; at = end) {
      const code = text.charCodeAt(at);
      end = at + 1;
      if (isBlank(code)) continue;
      while (end < text.length && !isBlank(text.charCodeAt(end))) end += 1;
      if (this.look(text, at, end, word, places)) word += 1;
    }
    return places;
  }

  /** Adds what is wanted of the word; false where it is none. */
  private look(text: string, start: number, end: number, word: number, places: TermPlace[]): boolean {
    let isWord = false;
    for (let at = start, next = 0; at < end; at = next) {
      const code = text.charCodeAt(at);
      next = at + 1;
      if (isLetter(code)) {
        while (next < end && isLetter(text.charCodeAt(next))) next += 1;
        if (next < end && goesOn(text, next)) return this.difficult(text.slice(at, end), word, places);
        if (this.letters(text, at, next, word, places)) isWord = true;
      } else if (isSyllable(code)) {
        while (next < end && isSyllable(text.charCodeAt(next))) next += 1;
        if (next < end && isOther(text.charCodeAt(next))) return this.difficult(text.slice(at, end), word, places);
        this.syllables(text, at, next, word, places);
        isWord = true;
      } else if (isDigit(code) || isOther(code)) return this.difficult(text.slice(at, end), word, places);
    }
    return isWord;
  }

  private letters(text: string, from: number, end: number, word: number, places: TermPlace[]): boolean {
    if (isStopWord(text, from, end)) return false;
    const second = end - from > 1 ? text.charCodeAt(from + 1) : 0;
    if (this.starts[startOf(text.charCodeAt(from), second)] === 1) this.add(englishStem(text.slice(from, end)), word, places);
    return true;
  }

  private syllables(text: string, from: number, end: number, word: number, places: TermPlace[]): void {
    if (end - from === 1 && this.starts[startOf(text.charCodeAt(from), 0)] === 1) this.add(text.slice(from, end), word, places);
    for (let at = from + 1, first = text.charCodeAt(from); at < end; at += 1) {
      const second = text.charCodeAt(at);
      if (this.starts[startOf(first, second)] === 1) this.add(text.slice(at - 1, at + 1), word, places);
      first = second;
    }
  }

  /** Has digits, joints or other scripts. */
  private difficult(rest: string, word: number, places: TermPlace[]): true {
    for (let at = 0; at < rest.length; at += 1) {
      const code = rest.charCodeAt(at);
      if (!this.firsts.has(code) && !isOther(code)) continue;
      for (const term of bm25Terms(rest)) this.add(term, word, places);
      break;
    }
    return true;
  }

  private add(term: string, word: number, places: TermPlace[]): void {
    const number = this.numbers.get(term);
    if (number !== undefined) places.push({ term: number, word });
  }
}

/** Whether what follows letters may belong to them. */
function goesOn(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  if (!isJoint(code)) return isDigit(code) || isOther(code);
  const next = text.charCodeAt(end + 1);
  return isLetter(next) || isDigit(next);
}

function isStopWord(text: string, from: number, end: number): boolean {
  const length = end - from;
  if (length <= PACKED) return SHORT_STOP_WORDS.has(packed(text, from, end));
  return length <= LONGEST_STOP_WORD && ENGLISH_STOP_WORDS.has(text.slice(from, end));
}

function packed(text: string, from: number, end: number): number {
  let letters = 0;
  for (let at = from; at < end; at += 1) letters = letters * 32 + text.charCodeAt(at) - 96;
  return letters;
}
