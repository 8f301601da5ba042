import { type AnswerabilityFigures, type EvidenceGap } from './answerability';
import { confidenceFeatures, type Evidence, hasTokens } from './confidence-features';
import { type ConfidenceModel, logit } from './confidence-model';
import {
  ANSWERABILITY_WEIGHTS,
  BUNDLED_MODEL,
  BUNDLED_MODEL_NAMES,
  BUNDLED_MODEL_WITHOUT_TOKENS,
  SCALE_FREE_MODEL,
  TERMS_MODEL,
} from './confidence-weights';

/** Another one whenever the same evidence may be judged otherwise: what was calibrated for one fit says nothing about the next. */
const CONFIDENCE_VERSION = '2026-11-22.3';

/** Who judges: the name in the embedding model's identity, and the version of the fit. */
export const confidenceJudgedBy = (embeddingModel: string): string => `${embeddingModel}/${CONFIDENCE_VERSION}`;

/**
 * Fitted weights exist for the bundled embedding model, with the comparison of tokens and without. Another model's similarities have another
 * scale, so what does without a scale is used there; without a query vector, the terms alone.
 */
function modelFor(embeddingModel: string, evidence: Evidence): ConfidenceModel {
  if (evidence.chunks.every(({ similarity }) => similarity === null)) return TERMS_MODEL;
  if (!BUNDLED_MODEL_NAMES.includes(embeddingModel)) return SCALE_FREE_MODEL;
  return hasTokens(evidence) ? BUNDLED_MODEL : BUNDLED_MODEL_WITHOUT_TOKENS;
}

/**
 * First stage: log odds that the retrieved evidence speaks of what the query asks; minus infinity without evidence. It cannot see whether
 * the very fact is among what it says: see docs/confidence.md. `embeddingModel`: the name in its identity.
 */
export function evidenceLogOdds(embeddingModel: string, evidence: Evidence): number {
  if (evidence.chunks.length === 0) return -Infinity;
  return logit(modelFor(embeddingModel, evidence), confidenceFeatures(evidence));
}

/** Second stage, by rules: what the gaps take from the log odds; 0 or less, 0 where nothing is missing. */
export const gapsLogOdds = (figures: AnswerabilityFigures): number =>
  Object.entries(ANSWERABILITY_WEIGHTS).reduce((sum, [gap, weight]) => sum + weight * figures[gap as EvidenceGap], 0);
