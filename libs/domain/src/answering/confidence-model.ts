import type { ConfidenceFeatures } from './confidence-features';

/** A logistic regression: the weights apply to the features as they are; a feature without a weight does not count. */
export interface ConfidenceModel {
  readonly intercept: number;
  readonly weights: Readonly<Partial<Record<keyof ConfidenceFeatures, number>>>;
}

/** 0 to 1. */
export function probability({ intercept, weights }: ConfidenceModel, features: ConfidenceFeatures): number {
  const logit = featureNames(features).reduce((sum, name) => sum + (weights[name] ?? 0) * features[name], intercept);
  return 1 / (1 + Math.exp(-logit));
}

const featureNames = (features: ConfidenceFeatures): (keyof ConfidenceFeatures)[] =>
  Object.keys(features).filter((name): name is keyof ConfidenceFeatures => name in features);
