import { groupBy } from '../retrieval-quality/group-by';
import { auroc, expectedCalibrationError, mean, ndcgAt10 } from '../retrieval-quality/metrics';

/** What one question found: ids of the passages, best first, each once. */
export interface Observation {
  readonly kind: string;
  readonly relevant: ReadonlySet<string>;
  readonly ranked: readonly string[];
  readonly confidence: number;
  readonly latencyMs: number;
}

/** Answerable against one kind of unanswerable. */
export interface KindFigures {
  readonly n: number;
  /** Probability that an answerable question gets a higher confidence. */
  readonly auroc: number;
  /** Share refused by the threshold that refuses 5 % of the answerable. */
  readonly refusedAt5: number;
}

/** Figures of one row under one strategy. What cannot be computed (no unanswerable questions) is null. */
export interface RowFigures {
  readonly answerable: number;
  readonly ndcgAt10: number;
  readonly recallAt5: number;
  readonly recallAt20: number;
  readonly mrrAt10: number;
  readonly kinds: Readonly<Record<string, KindFigures>>;
  readonly ece: number | null;
  /** Of the whole request, as the client sees it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export const FALSE_REFUSALS = 0.05;

/** Share of the relevant passages that stand among the first `depth`. */
export function recallAt(depth: number, ranked: readonly string[], relevant: ReadonlySet<string>): number {
  if (relevant.size === 0) return 0;
  return ranked.slice(0, depth).filter((id) => relevant.has(id)).length / relevant.size;
}

/** One over the place of the first relevant passage among the first ten; 0 when there is none. */
export function reciprocalRankAt10(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  const place = ranked.slice(0, 10).findIndex((id) => relevant.has(id));
  return place < 0 ? 0 : 1 / (place + 1);
}

/** Share of `negatives` below the highest threshold that leaves no more than 5 % of `positives` below it. */
export function refusedAt5(positives: readonly number[], negatives: readonly number[]): number {
  const sorted = [...positives].sort((a, b) => a - b);
  const threshold = sorted[Math.floor(sorted.length * FALSE_REFUSALS)];
  return threshold === undefined ? NaN : mean(negatives.map((confidence) => (confidence < threshold ? 1 : 0)));
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Answerable questions without a judgement count for the confidence, not for the ranking. */
export function figuresOf(observations: readonly Observation[]): RowFigures {
  const answerable = observations.filter(({ kind }) => kind === 'answerable');
  const judged = answerable.filter(({ relevant }) => relevant.size > 0);
  const over = (figure: (ranked: readonly string[], relevant: ReadonlySet<string>) => number): number =>
    mean(judged.map(({ ranked, relevant }) => figure(ranked, relevant)));
  const positives = answerable.map(({ confidence }) => confidence);
  const absent = observations.filter(({ kind }) => kind !== 'answerable');
  const kinds = [...groupBy(absent, ({ kind }) => kind)].map(([kind, items]): [string, KindFigures] => {
    const negatives = items.map(({ confidence }) => confidence);
    return [kind, { n: items.length, auroc: auroc(positives, negatives), refusedAt5: refusedAt5(positives, negatives) }];
  });
  const latencies = observations.map(({ latencyMs }) => latencyMs);
  return {
    answerable: judged.length,
    ndcgAt10: over(ndcgAt10),
    recallAt5: over((ranked, relevant) => recallAt(5, ranked, relevant)),
    recallAt20: over((ranked, relevant) => recallAt(20, ranked, relevant)),
    mrrAt10: over(reciprocalRankAt10),
    kinds: Object.fromEntries(kinds.sort(([a], [b]) => (a < b ? -1 : 1))),
    ece: absent.length === 0 ? null : expectedCalibrationError(predictionsOf(observations)),
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
  };
}

export interface Prediction {
  readonly probability: number;
  readonly truth: boolean;
  readonly weight: number;
}

const predictionsOf = (observations: readonly Observation[]): Prediction[] =>
  observations.map(({ confidence, kind }) => ({ probability: confidence, truth: kind === 'answerable', weight: 1 }));

/** Whether the fact is there cannot be seen by retrieval alone: told apart, and no part of the mixture. */
const NOT_IN_MIXTURE = new Set(['human_impossible']);
const ANSWERABLE_SHARE = 0.65;

/** Calibration error over the mixture of docs/confidence.md: every row weighs the same, with 65 % of its weight on answerable questions. */
export function mixtureEce(rows: readonly (readonly Observation[])[]): number {
  const predictions = rows.flatMap((observations) => {
    const counted = observations.filter(({ kind }) => !NOT_IN_MIXTURE.has(kind));
    const answerable = counted.filter(({ kind }) => kind === 'answerable').length;
    const absent = counted.length - answerable;
    const share = absent === 0 ? 1 : ANSWERABLE_SHARE;
    return predictionsOf(counted).map((one) => ({ ...one, weight: one.truth ? share / answerable : (1 - share) / absent }));
  });
  return expectedCalibrationError(predictions);
}
