import type { RankingFeatures } from './ranking-features';

/** What each figure adds to a candidate's score; one that is not there adds nothing. */
export type RankingWeights = { readonly [Name in keyof RankingFeatures]?: number };

/** How much each side counts with an `alpha` of its own: at the usual one half, all of it. */
function sideOf(name: keyof RankingFeatures, alpha: number): number {
  if (name.startsWith('vector')) return 2 * alpha;
  if (name.startsWith('late')) return Math.min(1, 2 * alpha);
  return name.startsWith('text') || name === 'covered' ? 2 * (1 - alpha) : 1;
}

/** Orders the candidates of one query and says nothing across queries. `alpha`: weight of the vector side, 0 to 1. */
export function rankingScore(weights: RankingWeights, features: RankingFeatures, alpha = 0.5): number {
  let score = 0;
  for (const [name, weight] of Object.entries(weights) as [keyof RankingFeatures, number][]) {
    score += weight * sideOf(name, alpha) * features[name];
  }
  return score;
}
