interface Truth {
  readonly truth: boolean;
  readonly weight: number;
  /** Log odds that stand already; default: 0. */
  readonly offset?: number;
}

export interface Observation<Name extends string> extends Truth {
  readonly features: Readonly<Record<Name, number>>;
}

/** The weights apply to the features as they are. */
interface Fitted<Name extends string> {
  readonly intercept: number;
  readonly weights: Readonly<Record<Name, number>>;
}

const RIDGE = 1;
const MAX_STEPS = 30;

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/** Gauss-Jordan with row exchange; the matrix of a regression with a ridge is never singular. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < rows.length; column += 1) {
    const rest = rows.splice(column).sort((a, b) => Math.abs(b[column] ?? 0) - Math.abs(a[column] ?? 0));
    rows.push(...rest);
    const pivot = rows[column] ?? [];
    const scaled = pivot.map((value) => value / (pivot[column] ?? 1));
    rows.forEach(
      (row, index) => (rows[index] = index === column ? scaled : row.map((value, at) => value - (row[column] ?? 0) * (scaled[at] ?? 0))),
    );
  }
  return rows.map((row) => row.at(-1) ?? 0);
}

/** One step of Newton's method on the weighted log likelihood, with a small ridge on all but the intercept. */
function step(inputs: readonly (readonly number[])[], observations: readonly Truth[], beta: readonly number[]): number[] {
  const size = beta.length;
  const gradient = beta.map((value, index) => (index === 0 ? 0 : -RIDGE * value));
  const hessian = beta.map((_, row) => beta.map((__, column): number => (row === column && row > 0 ? RIDGE : 0)));
  inputs.forEach((input, index) => {
    const { truth, weight, offset = 0 } = observations[index] ?? { truth: false, weight: 0 };
    const estimate = 1 / (1 + Math.exp(-offset - dot(input, beta)));
    for (let row = 0; row < size; row += 1) {
      const value = input[row] ?? 0;
      gradient[row] = (gradient[row] ?? 0) + weight * ((truth ? 1 : 0) - estimate) * value;
      const line = hessian[row] ?? [];
      for (let column = 0; column < size; column += 1) {
        line[column] = (line[column] ?? 0) + (weight * estimate * (1 - estimate) + 1e-9) * value * (input[column] ?? 0);
      }
    }
  });
  return solve(hessian, gradient);
}

/** Weighted logistic regression; features are standardised for the fit and the result speaks of them as they are. */
export function fitLogistic<Name extends string>(observations: readonly Observation<Name>[], names: readonly Name[]): Fitted<Name> {
  const total = observations.reduce((sum, { weight }) => sum + weight, 0);
  const scales = names.map((name) => {
    const mean = observations.reduce((sum, { weight, features }) => sum + weight * features[name], 0) / total;
    const variance = observations.reduce((sum, { weight, features }) => sum + weight * (features[name] - mean) ** 2, 0) / total;
    return { name, mean, deviation: Math.sqrt(variance) || 1 };
  });
  const inputs = observations.map(({ features }) => [1, ...scales.map(({ name, mean, deviation }) => (features[name] - mean) / deviation)]);
  let beta: readonly number[] = inputs[0]?.map(() => 0) ?? [];
  for (let round = 0; round < MAX_STEPS; round += 1) {
    const change = step(inputs, observations, beta);
    beta = beta.map((value, index) => value + (change[index] ?? 0));
    if (Math.max(...change.map(Math.abs)) < 1e-9) break;
  }
  const weights = scales.map(({ name, deviation }, index) => [name, (beta[index + 1] ?? 0) / deviation] as const);
  const shift = scales.reduce((sum, { mean, deviation }, index) => sum + ((beta[index + 1] ?? 0) * mean) / deviation, 0);
  return { intercept: (beta[0] ?? 0) - shift, weights: Object.fromEntries(weights) as Record<Name, number> };
}
