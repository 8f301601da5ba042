import { FEATURE_NAMES } from './ranking-features';
import type { RankingWeights } from './ranking-model';

/** What orders candidates whose tokens can be compared with the question's, and what orders them otherwise. */
export interface RankingModel {
  readonly withTokens: RankingWeights;
  readonly withoutTokens: RankingWeights;
}

/** The model as its file holds it, `{ "with_tokens": { "<figure>": 1.25 }, "without_tokens": … }`. Throws an Error that says what is wrong. */
export function readRankingModel(file: unknown): RankingModel {
  if (!isRecord(file)) throw new Error('it is no object');
  const unknown = Object.keys(file).find((name) => name !== 'with_tokens' && name !== 'without_tokens');
  if (unknown !== undefined) throw new Error(`${unknown} is unknown`);
  return { withTokens: weightsOf(file, 'with_tokens'), withoutTokens: weightsOf(file, 'without_tokens') };
}

function weightsOf(file: Readonly<Record<string, unknown>>, part: string): RankingWeights {
  const weights = file[part];
  if (!isRecord(weights) || Object.keys(weights).length === 0) throw new Error(`${part} must hold weights`);
  for (const [name, weight] of Object.entries(weights)) {
    if (!FEATURE_NAMES.some((known) => known === name)) throw new Error(`${part} weighs ${name}, which is no figure of a candidate`);
    if (typeof weight !== 'number' || !Number.isFinite(weight)) throw new Error(`the weight of ${name} in ${part} is no number`);
  }
  return weights;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
