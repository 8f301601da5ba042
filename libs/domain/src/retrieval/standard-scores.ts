interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

const NONE: Scale = { mean: 0, deviation: 0 };

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
 * Distances from the mean in standard deviations, each among the values of its own group. A value that is missing, or one among equals, is
 * neither good nor bad: 0.
 */
export function standardScores(values: readonly (number | null)[], groups: readonly boolean[]): number[] {
  const scale = (group: boolean): Scale => scaleOf(values.flatMap((value, at) => (value !== null && groups[at] === group ? [value] : [])));
  const scales = new Map([
    [true, scale(true)],
    [false, scale(false)],
  ]);
  return values.map((value, at) => {
    const { mean, deviation } = scales.get(groups[at] ?? false) ?? NONE;
    return value === null || deviation < 1e-9 ? 0 : (value - mean) / deviation;
  });
}
