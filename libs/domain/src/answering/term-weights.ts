import { bm25Terms } from '../shared/bm25-terms';

/** How much each term tells, from how many of the given texts hold it: a term in all of them tells next to nothing. */
export class TermWeights {
  private readonly weights: ReadonlyMap<string, number>;
  readonly total: number;

  constructor(terms: readonly string[], texts: readonly ReadonlySet<string>[]) {
    const weigh = (term: string): number => {
      const holding = texts.filter((text) => text.has(term)).length;
      return Math.log(1 + (texts.length - holding + 0.5) / (holding + 0.5)) * kindWeight(term);
    };
    this.weights = new Map(terms.map((term) => [term, weigh(term)]));
    this.total = [...this.weights.values()].reduce((sum, weight) => sum + weight, 0);
  }

  /** Weight of the terms for which `holds` is true. */
  sumOf(holds: (term: string) => boolean): number {
    let sum = 0;
    for (const [term, weight] of this.weights) if (holds(term)) sum += weight;
    return sum;
  }
}

/** Numbers and codes are what a question is about; a single syllable (한, 수, 년) tells little. */
const kindWeight = (term: string): number => (/\d/.test(term) ? 1.5 : /^\p{Script=Hangul}$/u.test(term) ? 0.4 : 1);

export const termSet = (text: string): ReadonlySet<string> => new Set(bm25Terms(text));
