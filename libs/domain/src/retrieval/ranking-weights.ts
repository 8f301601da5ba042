import type { RankingWeights } from './ranking-model';

export const RANKING_WEIGHTS: RankingWeights = {
  vectorPeers: 1,
  textPeers: 1,
  late: 2,
};

export const RANKING_WEIGHTS_WITHOUT_TOKENS: RankingWeights = {
  vectorPeers: 1,
  textPeers: 1,
};
