import type { JudgedConfidence } from './calibration';

/** What can be promised of the questions that are answered from a confidence on. */
export interface ConfidencePromise {
  /** Of the confidence before any calibration. */
  readonly threshold: number;
  readonly answered: number;
  readonly wrong: number;
  /** Share of wrong ones among the answered at most, with the certainty asked for; 1 where none is answered. */
  readonly atMost: number;
}

/** Fixed before any question is seen: that is what lets all of them hold at once. */
const THRESHOLDS = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95] as const;

/** Probability of at most `wrong` in `count` draws of which a share is wrong. */
function atMostSoMany(wrong: number, count: number, share: number): number {
  if (share <= 0) return 1;
  if (share >= 1) return wrong >= count ? 1 : 0;
  let logTerm = count * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let drawn = 1; drawn <= wrong; drawn += 1) {
    logTerm += Math.log((count - drawn + 1) / drawn) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** Clopper and Pearson's exact upper bound of a share, of which `wrong` of `count` were seen; missed with probability `risk` at most. */
export function upperBound(wrong: number, count: number, risk: number): number {
  if (count === 0 || wrong >= count) return 1;
  let [low, high] = [wrong / count, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (atMostSoMany(wrong, count, middle) > risk) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * For each of the fixed thresholds the share of wrong ones among what is answered, at most, all of them together with `certainty`: each
 * takes an equal part of the risk. Holds for questions of the kind that was judged.
 */
export function promisesOf(judged: readonly JudgedConfidence[], certainty = 0.95): readonly ConfidencePromise[] {
  const risk = (1 - certainty) / THRESHOLDS.length;
  return THRESHOLDS.map((threshold) => {
    const answered = judged.filter(({ confidence }) => confidence >= threshold);
    const wrong = answered.filter(({ isRight }) => !isRight).length;
    return { threshold, answered: answered.length, wrong, atMost: upperBound(wrong, answered.length, risk) };
  });
}

/** Answered questions without a single wrong one that it takes to promise a share. */
export const questionsToPromise = (share: number, certainty = 0.95): number =>
  Math.ceil(Math.log((1 - certainty) / THRESHOLDS.length) / Math.log1p(-share));

/** The lowest threshold, which answers most, that promises at most `share` wrong; undefined where none can. */
export const thresholdFor = (promises: readonly ConfidencePromise[], share: number): ConfidencePromise | undefined =>
  promises.find(({ atMost }) => atMost <= share);
