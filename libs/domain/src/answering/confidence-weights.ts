import type { EvidenceGap } from './answerability';
import type { ConfidenceModel } from './confidence-model';

// Written by scripts/fit-confidence.ts; docs/confidence.md says on what they were fitted. Not to be edited by hand.

/** Names under which the bundled embedding model is known: its own and its folder's. */
export const BUNDLED_MODEL_NAMES: readonly string[] = ['multilingual-e5-small-ko-en-int8', 'multilingual-e5-small-ko-en'];

export const BUNDLED_MODEL: ConfidenceModel = {
  intercept: -17.2034,
  weights: {
    topSimilarity: 18.2896,
    tokensNear: 6.5401,
    tokensLead: 10.5766,
    tokensAgree: 0.6273,
    foreignSimilarity: -15.2957,
    termShortfall: -8.6369,
    logChunks: -0.3262,
  },
};

/** Where tokens were not compared. */
export const BUNDLED_MODEL_WITHOUT_TOKENS: ConfidenceModel = {
  intercept: -18.6427,
  weights: {
    topSimilarity: 22.0603,
    similarityLead: 26.1852,
    legsAgree: 0.951,
    foreign: 5.2725,
    foreignSimilarity: 36.7344,
    termShortfall: -6.7013,
    idfCoverage: 1.2286,
    sentenceCoverage: 1.48,
    numbersFound: 0.0588,
    logChunks: -0.3577,
  },
};

/** For any other embedding model. */
export const SCALE_FREE_MODEL: ConfidenceModel = {
  intercept: -0.5469,
  weights: {
    standardLead: 0.6736,
    legsAgree: 1.3785,
    foreign: 0.5587,
    termShortfall: -10.0214,
    idfCoverage: 1.7937,
    sentenceCoverage: 1.5217,
    numbersFound: 0.1567,
    logChunks: -0.3462,
  },
};

/** For queries without a vector. */
export const TERMS_MODEL: ConfidenceModel = {
  intercept: -0.9186,
  weights: {
    idfCoverage: 2.6942,
    sentenceCoverage: 4.6397,
    numbersFound: 0.054,
    logChunks: -0.2734,
  },
};

/** What a gap takes from the log odds where all of it is missing. */
export const ANSWERABILITY_WEIGHTS: Readonly<Record<EvidenceGap, number>> = {
  year: -3.1635,
  number: -0.2186,
  name: -1.2107,
  answer: -0.045,
};
