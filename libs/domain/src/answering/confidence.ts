import { confidenceFeatures, type Evidence } from './confidence-features';
import { type ConfidenceModel, probability } from './confidence-model';
import { BUNDLED_MODEL, BUNDLED_MODEL_NAMES, SCALE_FREE_MODEL, TERMS_MODEL } from './confidence-weights';

/**
 * Fitted weights exist for the bundled embedding model. Another model's similarities have another scale, so what does without a scale is
 * used there; without a query vector, the terms alone.
 */
function modelFor(embeddingModel: string, { chunks }: Evidence): ConfidenceModel {
  if (chunks.every(({ similarity }) => similarity === null)) return TERMS_MODEL;
  return BUNDLED_MODEL_NAMES.includes(embeddingModel) ? BUNDLED_MODEL : SCALE_FREE_MODEL;
}

/**
 * Calibrated probability, 0 to 1, that the retrieved evidence answers the query; 0 without evidence. It sees whether the documents speak of
 * the query's matter, not whether the very fact is among what they say: see docs/confidence.md. `embeddingModel`: the name in its identity.
 */
export function confidenceOf(embeddingModel: string, evidence: Evidence): number {
  if (evidence.chunks.length === 0) return 0;
  return probability(modelFor(embeddingModel, evidence), confidenceFeatures(evidence));
}
