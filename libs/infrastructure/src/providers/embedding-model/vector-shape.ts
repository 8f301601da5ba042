import type { Pooling } from './onnx-settings';

/** One vector out of `[tokens, dimensions]` numbers, of which the first `attended` tokens are text and the rest is padding. */
export function pool(hidden: Float32Array, attended: number, dimensions: number, pooling: Pooling): Float32Array {
  if (pooling === 'cls') return hidden.slice(0, dimensions);
  if (pooling === 'last') return hidden.slice((attended - 1) * dimensions, attended * dimensions);
  const mean = new Float32Array(dimensions);
  for (let at = 0; at < attended * dimensions; at += 1) mean[at % dimensions] = (mean[at % dimensions] ?? 0) + (hidden[at] ?? 0) / attended;
  return mean;
}

/** The vector at unit length; undefined where that cannot be: a number that is not finite, or nothing but zeros. */
export function unit(values: ArrayLike<number>): Float32Array | undefined {
  let squares = 0;
  for (let at = 0; at < values.length; at += 1) squares += (values[at] ?? Number.NaN) ** 2;
  if (!Number.isFinite(squares) || squares === 0) return undefined;
  const length = Math.sqrt(squares);
  return Float32Array.from(values, (value) => value / length);
}
