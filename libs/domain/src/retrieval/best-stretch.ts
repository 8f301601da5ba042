import type { TermPlace } from '../shared/term-places';

/** So many words in a row are one place. Fewer miss what stands between, more find together what only comes up in the same passage. */
const STRETCH = 5;

/**
 * The most that distinct terms weigh together which stand in five words in a row; 0 without any. After the unordered windows of Metzler and
 * Croft, "A Markov Random Field Model for Term Dependencies" (SIGIR 2005), but of all terms at once. `places`: in the order of the text.
 * `weights`: by the number of the term.
 */
export function bestStretch(places: readonly TermPlace[], weights: readonly number[]): number {
  const held = weights.map(() => 0);
  let [best, sum, from] = [0, 0, 0];
  for (const { term, word } of places) {
    for (let first = places[from]; first !== undefined && word - first.word >= STRETCH; from += 1, first = places[from]) {
      held[first.term] = (held[first.term] ?? 0) - 1;
      if (held[first.term] === 0) sum -= weights[first.term] ?? 0;
    }
    held[term] = (held[term] ?? 0) + 1;
    if (held[term] === 1) sum += weights[term] ?? 0;
    best = Math.max(best, sum);
  }
  return best;
}
