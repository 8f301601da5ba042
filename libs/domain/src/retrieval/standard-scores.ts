interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

function scaleOf(values: readonly number[]): Scale {
  const mean = average(values);
  return { mean, deviation: Math.sqrt(average(values.map((value) => (value - mean) ** 2))) };
}

export const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Distances from the mean. */
export function centred(values: readonly number[]): number[] {
  const mean = average(values);
  return values.map((value) => value - mean);
}

/**
 * Distances from the mean in standard deviations. A value that is missing, or one among equals, is neither good nor bad: 0. `atLeast`: what
 * a deviation counts that is smaller, by value; where all are nearly alike, small differences say little and are not blown up. Default: 0.
 */
export function standardScores(values: readonly (number | null)[], atLeast: (at: number) => number = () => 0): number[] {
  const { mean, deviation } = scaleOf(values.filter((value) => value !== null));
  return values.map((value, at) => (value === null || deviation < 1e-9 ? 0 : (value - mean) / Math.max(deviation, atLeast(at))));
}
