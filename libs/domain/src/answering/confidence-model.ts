import type { ConfidenceFeatures } from './confidence-features';

/** A logistic regression: the weights apply to the features as they are; a feature without a weight does not count. */
export interface ConfidenceModel {
  readonly intercept: number;
  readonly weights: Readonly<Partial<Record<keyof ConfidenceFeatures, number>>>;
}

/** Logarithm of the odds: what further evidence is added to. */
export const logit = ({ intercept, weights }: ConfidenceModel, features: ConfidenceFeatures): number =>
  featureNames(features).reduce((sum, name) => sum + (weights[name] ?? 0) * features[name], intercept);

/** 0 to 1. */
export const probabilityOf = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

export const probability = (model: ConfidenceModel, features: ConfidenceFeatures): number => probabilityOf(logit(model, features));

const featureNames = (features: ConfidenceFeatures): (keyof ConfidenceFeatures)[] =>
  Object.keys(features).filter((name): name is keyof ConfidenceFeatures => name in features);
