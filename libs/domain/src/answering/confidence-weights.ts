import type { EvidenceGap } from './answerability';
import type { ConfidenceModel } from './confidence-model';

// Written by scripts/fit-confidence.ts; docs/confidence.md says on what they were fitted. Not to be edited by hand.

/** Names under which the bundled embedding model is known: its own and its folder's. */
export const BUNDLED_MODEL_NAMES: readonly string[] = ['multilingual-e5-small-ko-en-int8', 'multilingual-e5-small-ko-en'];

export const BUNDLED_MODEL: ConfidenceModel = {
  intercept: -17.3304,
  weights: {
    topSimilarity: 19.7942,
    tokensNear: 4.6775,
    tokensLead: 9.4571,
    mostSimilarFirst: 1.081,
    foreignSimilarity: -3.6518,
    termShortfall: -5.1734,
    logChunks: -0.297,
  },
};

/** Where tokens were not compared. */
export const BUNDLED_MODEL_WITHOUT_TOKENS: ConfidenceModel = {
  intercept: -17.3307,
  weights: {
    topSimilarity: 22.256,
    similarityLead: 26.0358,
    foreignSimilarity: 36.2283,
    legsAgree: 0.9509,
    foreign: 3.6621,
    termShortfall: -5.5913,
    idfCoverage: 0.8329,
    numbersFound: 0.1242,
    logChunks: -0.3396,
  },
};

/** For any other embedding model. */
export const SCALE_FREE_MODEL: ConfidenceModel = {
  intercept: 1.2639,
  weights: {
    standardLead: 0.6797,
    legsAgree: 1.4196,
    foreign: -1.422,
    termShortfall: -7.6649,
    idfCoverage: 1.0203,
    numbersFound: 0.2418,
    logChunks: -0.3173,
  },
};

/** For queries without a vector. */
export const TERMS_MODEL: ConfidenceModel = {
  intercept: -1.0574,
  weights: {
    idfCoverage: 2.7193,
    sentenceCoverage: 4.673,
    numbersFound: 0.1509,
    logChunks: -0.2724,
  },
};

/** What a gap takes from the log odds where all of it is missing. */
export const ANSWERABILITY_WEIGHTS: Readonly<Record<EvidenceGap, number>> = {
  year: -3.3966,
  number: -0.0858,
  name: -1.0606,
  answer: -0.0911,
};
