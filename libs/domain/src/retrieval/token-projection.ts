/**
 * How a model's token vectors are made small: the mean of many is taken away, what remains is looked at along the axes in which tokens
 * differ most. Fitted once for a model; codes of two forms are never compared.
 */
export interface TokenProjection {
  /** 1 to 255; another one for every other fit, as the first byte of everything that was made with it. */
  readonly form: number;
  /** Numbers in a token vector of the model. */
  readonly width: number;
  /** Axes that are kept: a multiple of four, at most 252. */
  readonly dimensions: number;
  /** `width` numbers. */
  readonly mean: Float32Array;
  /** `dimensions` rows of `width` numbers, each of unit length. */
  readonly axes: Float32Array;
}

/** Some of a text's tokens: rows of `width` numbers as the model's last layer gives them. */
export interface TokenRows {
  readonly count: number;
  readonly values: Float32Array;
}

/** The largest code of 4 bits; zero is in the middle, so that a code's sign is its direction. */
const PASSAGE_LEVELS = 7;
const ZERO = 8;
const QUERY_LEVELS = 127;
/** Weights are kept with six bits behind the point. */
const WEIGHT_STEP = 64;
export const CODE_HEADER = 2;

/** One row along the axes, written to `out`. */
function project(projection: TokenProjection, values: Float32Array, row: number, out: Float32Array): void {
  const { width, mean, axes } = projection;
  const from = row * width;
  // Four sums side by side: one alone waits for its own last addition most of the time.
  for (let axis = 0; axis < out.length; axis += 4) {
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let at = 0, a = axis * width, b = a + width, c = b + width, d = c + width; at < width; at += 1) {
      const value = (values[from + at] ?? 0) - (mean[at] ?? 0);
      first += value * (axes[a + at] ?? 0);
      second += value * (axes[b + at] ?? 0);
      third += value * (axes[c + at] ?? 0);
      fourth += value * (axes[d + at] ?? 0);
    }
    out[axis] = first;
    out[axis + 1] = second;
    out[axis + 2] = third;
    out[axis + 3] = fourth;
  }
}

function largest(values: Float32Array): number {
  let most = 1e-9;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/**
 * A passage's tokens, 4 bits a number: form, dimensions, then `dimensions / 2` bytes for each token, two codes of -7 to 7 in a byte (as 1 to
 * 15, the lower bits first). Only the direction is kept: lengths are taken from the codes.
 */
export function passageCodes(projection: TokenProjection, tokens: TokenRows): Uint8Array {
  const half = projection.dimensions / 2;
  const codes = new Uint8Array(CODE_HEADER + tokens.count * half);
  codes[0] = projection.form;
  codes[1] = projection.dimensions;
  const row = new Float32Array(projection.dimensions);
  for (let token = 0; token < tokens.count; token += 1) {
    project(projection, tokens.values, token, row);
    const scale = PASSAGE_LEVELS / largest(row);
    for (let at = 0; at < half; at += 1) {
      const low = Math.round((row[2 * at] ?? 0) * scale) + ZERO;
      const high = Math.round((row[2 * at + 1] ?? 0) * scale) + ZERO;
      codes[CODE_HEADER + token * half + at] = low | (high << 4);
    }
  }
  return codes;
}

/**
 * A query's tokens, 8 bits a number: form, dimensions, then for each token its weight (16 bits, the lower ones first, in 64ths) and
 * `dimensions` codes of -127 to 127. Whole numbers: the same codes give the same scores on every machine.
 */
export function queryCodes(projection: TokenProjection, tokens: TokenRows, weights: readonly number[]): Uint8Array {
  const { form, dimensions } = projection;
  const stride = dimensions + 2;
  const codes = new Uint8Array(CODE_HEADER + tokens.count * stride);
  codes[0] = form;
  codes[1] = dimensions;
  const row = new Float32Array(dimensions);
  for (let token = 0; token < tokens.count; token += 1) {
    project(projection, tokens.values, token, row);
    const scale = QUERY_LEVELS / largest(row);
    const from = CODE_HEADER + token * stride;
    const weight = Math.min(0xffff, Math.round((weights[token] ?? 0) * WEIGHT_STEP));
    codes[from] = weight & 0xff;
    codes[from + 1] = weight >> 8;
    row.forEach((value, at) => (codes[from + 2 + at] = Math.round(value * scale) & 0xff));
  }
  return codes;
}
