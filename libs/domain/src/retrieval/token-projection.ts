/**
 * How a model's token vectors are made small: the mean of many is taken away, what remains is brought to unit length and looked at along the
 * axes in which tokens differ most, the more closely the more they differ there. Fitted once for a model; codes of two forms are never
 * compared.
 */
export interface TokenProjection {
  /** 2 to 255; another one for every other fit, as the first byte of everything that was made with it. Form 1 was written in another way. */
  readonly form: number;
  /** Numbers in a token vector of the model. */
  readonly width: number;
  readonly layout: TokenLayout;
  /** `width` numbers. */
  readonly mean: Float32Array;
  /** Rows of `width` numbers, each of unit length, those along which tokens differ most first: as many as the layout has. */
  readonly axes: Float32Array;
  /** Half the distance between two levels on an axis of 4, 2 and 1 bits. */
  readonly steps: readonly [number, number, number];
}

/** Bytes of a token that hold two axes of 4 bits, four of 2, or eight of 1, in this order; each at most 255. */
export interface TokenLayout {
  readonly fours: number;
  readonly twos: number;
  readonly ones: number;
}

/** Some of a text's tokens: which of `values`' rows, each of `width` numbers as the model's last layer gives them. */
export interface TokenRows {
  readonly rows: readonly number[];
  readonly values: Float32Array;
}

/** How a token's bytes are shared out: those with axes of 4 bits, of 2 and of 1, in this order. */
export const axisKinds = ({ fours, twos, ones }: TokenLayout): { readonly bytes: number; readonly bits: number; readonly axes: number }[] =>
  [fours, twos, ones].map((bytes, kind) => ({ bytes, bits: 4 >> kind, axes: bytes * (2 << kind) }));

export const axesOf = ({ fours, twos, ones }: TokenLayout): number => 2 * fours + 4 * twos + 8 * ones;
export const bytesOf = ({ fours, twos, ones }: TokenLayout): number => fours + twos + ones;

/** The codes of an axis are 0 to 2^bits - 1; what they stand for is odd, so that none is zero: -15 to 15, -3 to 3, -1 to 1. */
export const levelOf = (code: number, bits: number): number => 2 * code + 1 - (1 << bits);

const QUERY_LEVELS = 7;
const QUERY_ZERO = 8;
/** Weights are kept with six bits behind the point. */
const WEIGHT_STEP = 64;
/** The squares of the steps are kept as shares of the largest. */
const SQUARE_STEP = 0xffff;
const LENGTH_STEP = 64;
export const PASSAGE_HEADER = 2;
export const QUERY_HEADER = 10;
/** Bytes of a query's token before its axes. */
export const QUERY_TOKEN_HEADER = 4;
/** What stands there for a token of length 1 whose codes are as they would be without rounding, per unit of a passage's length. */
export const QUERY_LENGTH = LENGTH_STEP * Math.sqrt(SQUARE_STEP);

/** What each token is apart from the mean, at unit length: a row of `width` numbers for each. A token that is the mean has none but zeros. */
export function directions({ width, mean }: TokenProjection, { rows, values }: TokenRows): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [token, row] of rows.entries()) {
    const [from, to] = [row * width, token * width];
    let squares = 0;
    for (let at = 0; at < width; at += 1) {
      const value = (values[from + at] ?? 0) - (mean[at] ?? 0);
      out[to + at] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares) || 1;
    for (let at = to; at < to + width; at += 1) out[at] = (out[at] ?? 0) / length;
  }
  return out;
}

/** Rows of `directions` along the axes: for each one number for each axis, as is meant; `AxisProducts` is quicker. */
export function axisProducts({ width, layout, axes }: TokenProjection, rows: Float32Array): Float32Array {
  const [tokens, count] = [rows.length / width, axesOf(layout)];
  const products = new Float32Array(tokens * count);
  for (let token = 0; token < tokens; token += 1) {
    for (let axis = 0; axis < count; axis += 1) {
      let sum = 0;
      for (let at = 0; at < width; at += 1) sum += (rows[token * width + at] ?? 0) * (axes[axis * width + at] ?? 0);
      products[token * count + axis] = sum;
    }
  }
  return products;
}

/**
 * A passage's tokens, given their directions along the axes: form, bytes of a token, then the tokens in the layout of the projection, the first
 * axis in the lowest bits. Only the direction is kept: lengths are taken from the codes.
 */
export function passageCodes({ form, layout, steps }: TokenProjection, products: Float32Array): Uint8Array {
  const size = bytesOf(layout);
  const count = products.length / axesOf(layout);
  const codes = new Uint8Array(PASSAGE_HEADER + count * size);
  codes[0] = form;
  codes[1] = size;
  const kinds = axisKinds(layout).map(({ bytes, bits }, kind) => ({ bytes, bits, distance: 2 * (steps[kind] ?? 0) }));
  let [at, product] = [PASSAGE_HEADER, 0];
  for (let token = 0; token < count; token += 1) {
    for (const { bytes, bits, distance } of kinds) {
      const [zero, top] = [1 << (bits - 1), (1 << bits) - 1];
      for (const end = at + bytes; at < end; at += 1) {
        let code = 0;
        for (let shift = 0; shift < 8; shift += bits, product += 1) {
          const level = Math.floor((products[product] ?? 0) / distance) + zero;
          // What is no number is no level either: shifted, it is 0.
          code |= (level < 0 ? 0 : level > top ? top : level) << shift;
        }
        codes[at] = code;
      }
    }
  }
  return codes;
}

/** How much the square of a level counts on an axis of 4, 2 and 1 bits, in whole numbers. */
function squaresOf([four, two, one]: TokenProjection['steps']): number[] {
  const largest = Math.max(four, two, one) || 1;
  return [four, two, one].map((step) => Math.round((step / largest) ** 2 * SQUARE_STEP));
}

/**
 * A query's tokens, given their directions along the axes, with all that is needed to compare passages with them: form, the layout's three numbers,
 * for 4, 2 and 1 bits what the square of a level counts (16 bits each, the lower ones first), then for each token its weight (16 bits, in 64ths),
 * its length in the measure of its codes (16 bits), and 4 bits for each axis, -7 to 7 (as 1 to 15), which hold the axis' step already. Whole
 * numbers: the same codes give the same scores on every machine.
 */
export function queryCodes({ form, layout, steps }: TokenProjection, products: Float32Array, weights: readonly number[]): Uint8Array {
  const count = axesOf(layout);
  const tokens = products.length / count;
  const stride = count / 2 + QUERY_TOKEN_HEADER;
  const codes = new Uint8Array(QUERY_HEADER + tokens * stride);
  codes.set([form, layout.fours, layout.twos, layout.ones, ...squaresOf(steps).flatMap(sixteenBits)]);
  const stepOf = axisKinds(layout).flatMap(({ axes }, kind) => Array<number>(axes).fill(steps[kind] ?? 0));
  const row = new Float32Array(count);
  for (let token = 0; token < tokens; token += 1) {
    for (let at = 0; at < count; at += 1) row[at] = (products[token * count + at] ?? 0) * (stepOf[at] ?? 0);
    const scale = QUERY_LEVELS / largest(row);
    const from = QUERY_HEADER + token * stride;
    // Along axes that were dropped a token is met by nothing, so its length is that of the whole.
    const length = Math.round(scale * Math.max(...steps) * LENGTH_STEP);
    codes.set([...sixteenBits((weights[token] ?? 0) * WEIGHT_STEP), ...sixteenBits(length)], from);
    for (let at = 0; at < count; at += 2) {
      const low = Math.round((row[at] ?? 0) * scale) + QUERY_ZERO;
      const high = Math.round((row[at + 1] ?? 0) * scale) + QUERY_ZERO;
      codes[from + QUERY_TOKEN_HEADER + at / 2] = low | (high << 4);
    }
  }
  return codes;
}

function sixteenBits(value: number): [number, number] {
  const whole = Math.min(0xffff, Math.round(value));
  return [whole & 0xff, whole >> 8];
}

function largest(values: Float32Array): number {
  let most = 1e-9;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
