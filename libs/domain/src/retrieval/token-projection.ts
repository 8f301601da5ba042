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

/** Some of a text's tokens: rows of `width` numbers as the model's last layer gives them. */
export interface TokenRows {
  readonly count: number;
  readonly values: Float32Array;
}

/** Bits of an axis, and how many share four bits. */
export const AXES_IN_FOUR_BITS = [1, 2, 4] as const;

/** Axes in the order of a token's half bytes: with how many others each shares one, and by which of the steps it is measured. */
export function halfBytes({ fours, twos, ones }: TokenLayout): { readonly axes: 1 | 2 | 4; readonly kind: 0 | 1 | 2 }[] {
  return [
    ...Array.from({ length: 2 * fours }, () => ({ axes: AXES_IN_FOUR_BITS[0], kind: 0 as const })),
    ...Array.from({ length: 2 * twos }, () => ({ axes: AXES_IN_FOUR_BITS[1], kind: 1 as const })),
    ...Array.from({ length: 2 * ones }, () => ({ axes: AXES_IN_FOUR_BITS[2], kind: 2 as const })),
  ];
}

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

/** One row along the axes, written to `out`: as if it had been of unit length. */
function project({ width, mean, axes }: TokenProjection, values: Float32Array, row: number, out: Float32Array): void {
  const from = row * width;
  const centred = new Float32Array(width);
  let squares = 0;
  for (let at = 0; at < width; at += 1) {
    const value = (values[from + at] ?? 0) - (mean[at] ?? 0);
    centred[at] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares) || 1;
  // Four sums side by side: one alone waits for its own last addition most of the time.
  for (let axis = 0; axis < out.length; axis += 4) {
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let at = 0, a = axis * width, b = a + width, c = b + width, d = c + width; at < width; at += 1) {
      const value = centred[at] ?? 0;
      first += value * (axes[a + at] ?? 0);
      second += value * (axes[b + at] ?? 0);
      third += value * (axes[c + at] ?? 0);
      fourth += value * (axes[d + at] ?? 0);
    }
    out[axis] = first / length;
    out[axis + 1] = second / length;
    out[axis + 2] = third / length;
    out[axis + 3] = fourth / length;
  }
}

/**
 * A passage's tokens: form, bytes of a token, then the tokens in the layout of the projection, the first axis in the lowest bits. Only the
 * direction is kept: lengths are taken from the codes.
 */
export function passageCodes(projection: TokenProjection, tokens: TokenRows): Uint8Array {
  const { layout, steps } = projection;
  const size = bytesOf(layout);
  const halves = halfBytes(layout);
  const codes = new Uint8Array(PASSAGE_HEADER + tokens.count * size);
  codes[0] = projection.form;
  codes[1] = size;
  const row = new Float32Array(axesOf(layout));
  for (let token = 0; token < tokens.count; token += 1) {
    project(projection, tokens.values, token, row);
    let axis = 0;
    halves.forEach(({ axes, kind }, half) => {
      const bits = 4 / axes;
      const zero = 1 << (bits - 1);
      let code = 0;
      for (let shift = 0; shift < 4; shift += bits, axis += 1) {
        const level = Math.floor((row[axis] ?? 0) / (2 * steps[kind])) + zero;
        code |= Math.max(0, Math.min(2 * zero - 1, level)) << shift;
      }
      const at = PASSAGE_HEADER + token * size + (half >> 1);
      codes[at] = (codes[at] ?? 0) | (half % 2 === 0 ? code : code << 4);
    });
  }
  return codes;
}

/** How much the square of a level counts on an axis of 4, 2 and 1 bits, in whole numbers. */
function squaresOf([four, two, one]: TokenProjection['steps']): number[] {
  const largest = Math.max(four, two, one) || 1;
  return [four, two, one].map((step) => Math.round((step / largest) ** 2 * SQUARE_STEP));
}

/**
 * A query's tokens with all that is needed to compare passages with them: form, the layout's three numbers, for 4, 2 and 1 bits what the
 * square of a level counts (16 bits each, the lower ones first), then for each token its weight (16 bits, in 64ths), its length in the measure
 * of its codes (16 bits), and 4 bits for each axis, -7 to 7 (as 1 to 15), which hold the axis' step already. Whole numbers: the same codes
 * give the same scores on every machine.
 */
export function queryCodes(projection: TokenProjection, tokens: TokenRows, weights: readonly number[]): Uint8Array {
  const { form, layout, steps } = projection;
  const count = axesOf(layout);
  const stride = count / 2 + QUERY_TOKEN_HEADER;
  const codes = new Uint8Array(QUERY_HEADER + tokens.count * stride);
  codes.set([form, layout.fours, layout.twos, layout.ones, ...squaresOf(steps).flatMap(sixteenBits)]);
  const stepOf = halfBytes(layout).flatMap(({ axes, kind }) => Array.from({ length: axes }, () => steps[kind]));
  const row = new Float32Array(count);
  for (let token = 0; token < tokens.count; token += 1) {
    project(projection, tokens.values, token, row);
    row.forEach((value, at) => (row[at] = value * (stepOf[at] ?? 0)));
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
