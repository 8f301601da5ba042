import type { RankingFeatures } from '@aegis/domain/retrieval/ranking-features';
import { rankingScore, type RankingWeights } from '@aegis/domain/retrieval/ranking-model';
import { solve } from './logistic-regression';

export type FeatureName = keyof RankingFeatures;

/** One question: its candidates in fused order, and which of them answer. */
export interface RankingExample {
  readonly features: readonly RankingFeatures[];
  readonly relevant: readonly boolean[];
  /** Relevant passages in the corpus, found or not. */
  readonly relevantCount: number;
  readonly weight: number;
}

interface Pair {
  readonly difference: readonly number[];
  readonly weight: number;
}

const ROUNDS = 8;
const NEWTON_STEPS = 12;

const gain = (rank: number): number => (rank < 10 ? 1 / Math.log2(rank + 2) : 0);

export function ndcg(example: RankingExample, scores: readonly number[]): number {
  const order = scores.map((_, at) => at).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const found = order.reduce((sum, at, rank) => sum + (example.relevant[at] === true ? gain(rank) : 0), 0);
  return found / idealOf(example);
}

const idealOf = ({ relevantCount }: RankingExample): number =>
  Array.from({ length: Math.min(10, relevantCount) }, (_, rank) => gain(rank)).reduce((sum, value) => sum + value, 0) || 1;

export const scoresOf = (weights: RankingWeights, { features }: RankingExample): number[] =>
  features.map((one) => rankingScore(weights, one));

/** Every pair of an answer and another candidate, worth what nDCG@10 would lose if the two changed places, and a little more. */
function pairsOf(example: RankingExample, weights: RankingWeights, names: readonly FeatureName[]): Pair[] {
  const scores = scoresOf(weights, example);
  const order = scores.map((_, at) => at).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const rank = new Map(order.map((at, place) => [at, place]));
  const pairs: Pair[] = [];
  example.relevant.forEach((good, a) => {
    if (!good) return;
    example.relevant.forEach((also, b) => {
      if (also) return;
      const [one, other] = [example.features[a], example.features[b]];
      if (one === undefined || other === undefined) return;
      const swap = Math.abs(gain(rank.get(a) ?? 99) - gain(rank.get(b) ?? 99)) / idealOf(example) + 0.01;
      pairs.push({ difference: names.map((name) => one[name] - other[name]), weight: example.weight * swap });
    });
  });
  return pairs;
}

/** One step of Newton's method on the weighted pairwise log likelihood. */
function step(pairs: readonly Pair[], beta: readonly number[], ridge: number): number[] {
  const size = beta.length;
  const gradient = beta.map((value) => -ridge * value);
  const hessian = beta.map((_, row) => beta.map((__, column): number => (row === column ? ridge : 0)));
  for (const { difference, weight } of pairs) {
    let margin = 0;
    for (let at = 0; at < size; at += 1) margin += (difference[at] ?? 0) * (beta[at] ?? 0);
    const miss = 1 / (1 + Math.exp(margin));
    const curve = weight * miss * (1 - miss) + 1e-9;
    for (let row = 0; row < size; row += 1) {
      const value = difference[row] ?? 0;
      gradient[row] = (gradient[row] ?? 0) + weight * miss * value;
      const line = hessian[row] ?? [];
      for (let column = 0; column < size; column += 1) line[column] = (line[column] ?? 0) + curve * value * (difference[column] ?? 0);
    }
  }
  return solve(hessian, gradient);
}

/**
 * Weights that put answers before the others: a pairwise logistic regression, whose pairs are weighed anew each round by what they matter for
 * nDCG@10 in the order that the weights of the round before give. The same on every run.
 */
export function fitRanking(examples: readonly RankingExample[], names: readonly FeatureName[], ridge: number): RankingWeights {
  let beta: readonly number[] = names.map((name) => (name.startsWith('vector') || name.startsWith('text') ? 1 : 0));
  const named = (): RankingWeights => Object.fromEntries(names.map((name, at) => [name, beta[at] ?? 0]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const pairs = examples.flatMap((example) => pairsOf(example, named(), names));
    for (let newton = 0; newton < NEWTON_STEPS; newton += 1) {
      const change = step(pairs, beta, ridge);
      beta = beta.map((value, at) => value + (change[at] ?? 0));
      if (Math.max(...change.map(Math.abs)) < 1e-6) break;
    }
  }
  return named();
}
