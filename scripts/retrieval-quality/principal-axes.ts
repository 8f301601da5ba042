import { seededRandom } from './seeded-random';

const ROUNDS = 30;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
};

/** What rows have in common, as directions: rows at unit length after `mean` is taken away, every second one. */
export function covarianceOf(texts: readonly Float32Array[], mean: Float32Array): Float64Array {
  const width = mean.length;
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  let seen = 0;
  for (const values of texts) {
    for (let from = 0; from < values.length; from += width) {
      seen += 1;
      if (seen % 2 === 0) continue;
      for (let at = 0; at < width; at += 1) row[at] = (values[from + at] ?? 0) - (mean[at] ?? 0);
      const length = Math.sqrt(dot(row, row)) || 1;
      for (let one = 0; one < width; one += 1) {
        const value = (row[one] ?? 0) / length / length;
        for (let other = 0; other < width; other += 1) {
          const at = one * width + other;
          covariance[at] = (covariance[at] ?? 0) + value * (row[other] ?? 0);
        }
      }
    }
  }
  return covariance;
}

/** Makes the axes perpendicular and of unit length, in place, from the first on. */
function straighten(axes: readonly Float64Array[]): void {
  axes.forEach((axis, index) => {
    for (const before of axes.slice(0, index)) {
      const shared = dot(axis, before);
      for (let at = 0; at < axis.length; at += 1) axis[at] = (axis[at] ?? 0) - shared * (before[at] ?? 0);
    }
    const length = Math.sqrt(dot(axis, axis)) || 1;
    for (let at = 0; at < axis.length; at += 1) axis[at] = (axis[at] ?? 0) / length;
  });
}

/** The directions in which rows differ most, by orthogonal iteration from a seeded start: the same on every run. */
export function principalAxes(covariance: Float64Array, width: number, count: number): readonly Float64Array[] {
  const random = seededRandom('principal axes');
  let axes: readonly Float64Array[] = Array.from({ length: count }, () => Float64Array.from({ length: width }, () => random() - 0.5));
  straighten(axes);
  for (let round = 0; round < ROUNDS; round += 1) {
    axes = axes.map((axis) =>
      Float64Array.from({ length: width }, (_, one) => dot(covariance.subarray(one * width, (one + 1) * width), axis)),
    );
    straighten(axes);
  }
  return axes;
}
