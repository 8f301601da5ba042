import type { EvidenceGap } from './answerability';
import type { ConfidenceModel } from './confidence-model';

// Written by scripts/fit-confidence.ts; docs/confidence.md says on what they were fitted. Not to be edited by hand.

/** Names under which the bundled embedding model is known: its own and its folder's. */
export const BUNDLED_MODEL_NAMES: readonly string[] = ['multilingual-e5-small-ko-en-int8', 'multilingual-e5-small-ko-en'];

export const BUNDLED_MODEL: ConfidenceModel = {
  intercept: -11.5593,
  weights: {
    topSimilarity: 10.6649,
    similarityLead: 29.9534,
    tokensNear: 9.6825,
    foreignSimilarity: -14.8996,
    termShortfall: -8.3821,
    logChunks: -0.3898,
  },
};

/** Where tokens were not compared. */
export const BUNDLED_MODEL_WITHOUT_TOKENS: ConfidenceModel = {
  intercept: -18.4166,
  weights: {
    topSimilarity: 21.7957,
    similarityLead: 26.2937,
    legsAgree: 0.9533,
    foreign: 5.2456,
    foreignSimilarity: 37.0254,
    termShortfall: -6.7499,
    idfCoverage: 1.214,
    sentenceCoverage: 1.4632,
    numbersFound: 0.0903,
    logChunks: -0.3594,
  },
};

/** For any other embedding model. */
export const SCALE_FREE_MODEL: ConfidenceModel = {
  intercept: -0.5365,
  weights: {
    standardLead: 0.6752,
    legsAgree: 1.3752,
    foreign: 0.5244,
    termShortfall: -9.9958,
    idfCoverage: 1.7695,
    sentenceCoverage: 1.5085,
    numbersFound: 0.1837,
    logChunks: -0.3479,
  },
};

/** For queries without a vector. */
export const TERMS_MODEL: ConfidenceModel = {
  intercept: -0.8912,
  weights: {
    idfCoverage: 2.6657,
    sentenceCoverage: 4.6137,
    numbersFound: 0.0703,
    logChunks: -0.2746,
  },
};

/** What a gap takes from the log odds where all of it is missing. */
export const ANSWERABILITY_WEIGHTS: Readonly<Record<EvidenceGap, number>> = {
  year: -2.9743,
  number: -0.2105,
  name: -1.3793,
  answer: -0.034,
};
