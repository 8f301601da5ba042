import type { RankingWeights } from './ranking-model';

// Written by scripts/train-ranker.ts; docs/ranking.md says on what they were fitted. Not to be edited by hand.

export const RANKING_WEIGHTS: RankingWeights = {
  vectorPeers: 1,
  textPeers: 1.25,
  textInTables: 0,
  table: 2.0625,
  length: 0,
  late: 2,
  lateInTables: 0,
  lateOfTable: 0,
  foreignPeers: 0,
};

/** Where the query or the candidates have no token vectors. */
export const RANKING_WEIGHTS_WITHOUT_TOKENS: RankingWeights = {
  vectorPeers: 1.375,
  textPeers: 1,
  textInTables: 0,
  table: 1,
  length: -0.24,
};
