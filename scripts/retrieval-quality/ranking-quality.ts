import type { RankingFeatures } from '@aegis/domain/retrieval/ranking-features';
import { rankingScore, type RankingWeights } from '@aegis/domain/retrieval/ranking-model';

export type FeatureName = keyof RankingFeatures;

/** One question: its candidates in fused order, and which of them answer. */
export interface RankingExample {
  readonly features: readonly RankingFeatures[];
  readonly relevant: readonly boolean[];
  /** Relevant passages in the corpus, found or not. */
  readonly relevantCount: number;
}

/** What a place is worth, from 0 for the first. */
export const gain = (rank: number): number => (rank < 10 ? 1 / Math.log2(rank + 2) : 0);

/** The gain of the best possible order; 1 where nothing is relevant. */
export const idealOf = ({ relevantCount }: RankingExample): number =>
  Array.from({ length: Math.min(10, relevantCount) }, (_, rank) => gain(rank)).reduce((sum, value) => sum + value, 0) || 1;

/** nDCG@10 in the order that the weights give; equals stay in fused order. */
export function qualityOf(example: RankingExample, weights: RankingWeights): number {
  const scores = example.features.map((one) => rankingScore(weights, one));
  const order = scores.map((_, at) => at).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const found = order.reduce((sum, at, rank) => sum + (example.relevant[at] === true ? gain(rank) : 0), 0);
  return found / idealOf(example);
}
