const SWEEPS = 10;
/** What two axes may still share. */
const NOTHING = 1e-12;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
};

/** The mean of what rows have in common, as directions: rows at unit length after `mean` is taken away, every second one. */
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
  const counted = Math.max(1, Math.ceil(seen / 2));
  return covariance.map((value) => value / counted);
}

/** How much rows vary along each axis. */
export const variancesAlong = (covariance: Float64Array, axes: readonly Float64Array[]): number[] =>
  axes.map((axis) =>
    axis.reduce((sum, value, one) => sum + value * dot(covariance.subarray(one * axis.length, (one + 1) * axis.length), axis), 0),
  );

/** Turns two rows (`stride` 1) or columns of a square matrix into each other, in place. */
function turn(
  matrix: Float64Array,
  [first, second]: readonly [number, number],
  [cosine, sine]: readonly [number, number],
  width: number,
  stride: number,
): void {
  const [from, to] = stride === 1 ? [first * width, second * width] : [first, second];
  for (let step = 0; step < width; step += 1) {
    const [one, other] = [from + step * stride, to + step * stride];
    const [a, b] = [matrix[one] ?? 0, matrix[other] ?? 0];
    matrix[one] = cosine * a - sine * b;
    matrix[other] = sine * a + cosine * b;
  }
}

/** The directions in which rows differ most, the largest first, by Jacobi's rotations: exact, and the same on every run. */
export function principalAxes(covariance: Float64Array, width: number, count: number): readonly Float64Array[] {
  const matrix = Float64Array.from(covariance);
  const axes = new Float64Array(width * width);
  for (let at = 0; at < width; at += 1) axes[at * width + at] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (let first = 0; first < width; first += 1) {
      for (let second = first + 1; second < width; second += 1) {
        const shared = matrix[first * width + second] ?? 0;
        if (Math.abs(shared) < NOTHING) continue;
        const theta = ((matrix[second * width + second] ?? 0) - (matrix[first * width + first] ?? 0)) / (2 * shared);
        const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(tangent * tangent + 1);
        const rotation = [cosine, tangent * cosine] as const;
        turn(matrix, [first, second], rotation, width, width);
        turn(matrix, [first, second], rotation, width, 1);
        turn(axes, [first, second], rotation, width, 1);
      }
    }
  }
  const variance = (axis: number): number => matrix[axis * width + axis] ?? 0;
  const order = Array.from({ length: width }, (_, axis) => axis).sort((a, b) => variance(b) - variance(a));
  return order.slice(0, count).map((axis) => axes.slice(axis * width, (axis + 1) * width));
}
