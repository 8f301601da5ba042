/** Syllables with which words mostly end: particles and endings. */
const WORD_ENDS = new Set('은는이가을를의에로와과도며고서면게지한할된될인적등및다요만');
/** Syllables that mostly go on a word: particles, endings, units after a number. */
const WORD_TAILS = new Set('은는을를의에와과로며된됨될었였했습니까던듯들년월일원명개회위석호쪽점');
/** Weight of these lists against what the document itself shows. */
const PRIOR_COUNT = 6;
const SURELY_SPACE_BEFORE = /[0-9A-Za-z‘“《〈「『]/u;

interface Spacing {
  together: number;
  apart: number;
}

/** Digits and Latin letters behave alike whichever they are. */
const classOf = (character: string): string => (/\d/.test(character) ? '0' : /[A-Za-z]/.test(character) ? 'a' : character);
const logit = (share: number): number => Math.log(share / (1 - share));

/**
 * Whether a space stands between two characters, learned from the inside of a document's own lines: Korean print breaks lines inside
 * words and leaves no trace of it. Adds the evidence of the character before, of the one after, and of the pair.
 */
export class WordSpacing {
  private readonly before = new Map<string, Spacing>();
  private readonly after = new Map<string, Spacing>();
  private readonly pairs = new Map<string, Spacing>();
  private together = 70;
  private apart = 30;

  learn(text: string): void {
    const characters = Array.from(text);
    for (let at = 1; at < characters.length; at += 1) {
      const [last = ' ', next = ' '] = [characters[at - 1], characters[at]];
      if (next === ' ' || (last === ' ' && at < 2)) continue;
      const isApart = last === ' ';
      this.count(isApart ? (characters[at - 2] ?? '') : last, next, isApart);
    }
  }

  private count(last: string, next: string, isApart: boolean): void {
    const [from, to] = [classOf(last), classOf(next)];
    for (const [counts, key] of [
      [this.before, from],
      [this.after, to],
      [this.pairs, from + to],
    ] as const) {
      const spacing = counts.get(key) ?? { together: 0, apart: 0 };
      spacing[isApart ? 'apart' : 'together'] += 1;
      counts.set(key, spacing);
    }
    this[isApart ? 'apart' : 'together'] += 1;
  }

  /** Above 0: a space is likelier than none. */
  evidenceOfSpace(last: string, next: string): number {
    const [from, to] = [classOf(last), classOf(next)];
    const base = this.apart / (this.apart + this.together);
    const beforeShare = share(this.before.get(from), WORD_ENDS.has(from) ? 0.65 : 0.15);
    const afterShare = share(this.after.get(to), WORD_TAILS.has(to) ? 0.06 : SURELY_SPACE_BEFORE.test(to) ? 0.6 : 0.35);
    const expected = logit(beforeShare) + logit(afterShare) - logit(base);
    const likely = 1 / (1 + Math.exp(-expected));
    return logit(share(this.pairs.get(from + to), Math.min(0.98, Math.max(0.02, likely))));
  }
}

function share(spacing: Spacing | undefined, expected: number): number {
  const { together, apart } = spacing ?? { together: 0, apart: 0 };
  const found = (apart + PRIOR_COUNT * expected) / (together + apart + PRIOR_COUNT);
  return Math.min(0.99, Math.max(0.01, found));
}
