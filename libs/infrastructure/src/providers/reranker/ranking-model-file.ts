import { readFileSync } from 'node:fs';
import { readRankingModel, type RankingModel } from '@aegis/domain/retrieval/ranking-weights';

/** The weights that scripts/train-ranker.ts left. Throws an Error with one clear sentence. */
export function rankingModelIn(file: string): RankingModel {
  try {
    return readRankingModel(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the ranking's weights in ${file} cannot be used: ${reason}`, { cause: error });
  }
}
