export interface Comparison {
  /** Largest distance between the two distribution functions, 0 to 1. */
  readonly distance: number;
  /** Probability of such a distance, or a larger one, when both samples come from the same distribution. */
  readonly p: number;
}

/** Two-sample Kolmogorov-Smirnov test, with the asymptotic distribution and Stephens' correction for small samples. */
export function compareSamples(one: readonly number[], other: readonly number[]): Comparison {
  const [a, b] = [ascending(one), ascending(other)];
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    while (i < a.length && (a[i] ?? Infinity) <= value) i += 1;
    while (j < b.length && (b[j] ?? Infinity) <= value) j += 1;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { distance, p: kolmogorov((root + 0.12 + 0.11 / root) * distance) };
}

/** Probability that Kolmogorov's statistic is `lambda` or larger. */
export function kolmogorov(lambda: number): number {
  if (lambda < 0.2) return 1; // the series converges slowly there, and the probability is 1 to twelve digits
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}

export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

const ascending = (values: readonly number[]): number[] => [...values].sort((x, y) => x - y);
