import type { ConfidenceModel } from './confidence-model';

// Written by scripts/fit-confidence.ts; docs/confidence.md says on what they were fitted. Not to be edited by hand.

/** Names under which the bundled embedding model is known: its own and its folder's. */
export const BUNDLED_MODEL_NAMES: readonly string[] = ['multilingual-e5-small-ko-en-int8', 'multilingual-e5-small-ko-en'];

export const BUNDLED_MODEL: ConfidenceModel = {
  intercept: -25.3367,
  weights: {
    topSimilarity: 28.0289,
    similarityLead: 33.5829,
    legsAgree: 1.1767,
    foreign: 5.5761,
    foreignSimilarity: 30.8104,
    termShortfall: -7.2229,
    idfCoverage: 1.6859,
    sentenceCoverage: 2.2078,
    numbersFound: 1.3985,
    logChunks: -0.4195,
  },
};

/** For any other embedding model. */
export const SCALE_FREE_MODEL: ConfidenceModel = {
  intercept: -2.517,
  weights: {
    standardLead: 0.6614,
    legsAgree: 1.8094,
    foreign: 1.1577,
    termShortfall: -10.9047,
    idfCoverage: 2.7237,
    sentenceCoverage: 2.0871,
    numbersFound: 1.5254,
    logChunks: -0.341,
  },
};

/** For queries without a vector. */
export const TERMS_MODEL: ConfidenceModel = {
  intercept: -2.9769,
  weights: {
    idfCoverage: 3.8426,
    sentenceCoverage: 6.2142,
    numbersFound: 1.4489,
    logChunks: -0.3252,
  },
};
