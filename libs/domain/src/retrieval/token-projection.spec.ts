import { axisProducts, directions, passageCodes, queryCodes, type TokenProjection } from './token-projection';

/** Fourteen axes, two of 4 bits, four of 2 and eight of 1, in two dimensions: all look along the first. */
const projection: TokenProjection = {
  form: 9,
  width: 2,
  layout: { fours: 1, twos: 1, ones: 1 },
  mean: Float32Array.of(1, 2),
  axes: Float32Array.from({ length: 28 }, (_, at) => (at % 2 === 0 ? 1 : 0)),
  steps: [0.05, 0.2, 0.3],
};
const AXES = 14;

describe('what a token is apart from the mean', () => {
  it('has unit length, is taken from the rows that are asked for, and is nothing where a token is the mean', () => {
    const values = Float32Array.of(4, 6, 100, 100, 1, 2, 1, -8);
    expect(directions(projection, { rows: [3, 0, 2], values })).toEqual(Float32Array.of(0, -1, 0.6, 0.8, 0, 0));
    expect(directions(projection, { rows: [], values })).toHaveLength(0);
  });

  it('is of unit length however large its numbers are', () => {
    const [x = 0, y = 0] = directions(projection, { rows: [0], values: Float32Array.of(3e38, 3e38) });
    expect(Math.hypot(x, y)).toBeCloseTo(1, 6);
  });
});

describe('the codes of tokens', () => {
  const along = (...values: readonly number[]) => Float32Array.from(values.flatMap((value) => Array<number>(AXES).fill(value)));

  it('are cut off at the last level on either side', () => {
    expect(passageCodes(projection, along(1, -1))).toEqual(Uint8Array.of(9, 3, 0xff, 0xff, 0xff, 0, 0, 0));
  });

  it('round down to a level, and hold a number on the edge of two on the upper one', () => {
    // Levels of 4 bits are 0.1 wide, those of 2 bits 0.4 and those of 1 bit 0.6: zero begins the upper half of each.
    const [zero, above, below] = [
      Uint8Array.of(0x88, 0b10101010, 0xff),
      Uint8Array.of(0x88, 0b10101010, 0xff),
      Uint8Array.of(0x77, 0b01010101, 0),
    ];
    expect(passageCodes(projection, along(0, 0.09, -0.01))).toEqual(Uint8Array.of(9, 3, ...zero, ...above, ...below));
  });

  it('are the lowest where there is no number, with the neighbours as they are', () => {
    const products = axisProducts(projection, Float32Array.of(1, 0, NaN, 0, 0, -1));
    expect(passageCodes(projection, products)).toEqual(Uint8Array.of(9, 3, 0xff, 0xff, 0xff, 0, 0, 0, 0x88, 0b10101010, 0xff));
    const query = queryCodes(projection, products, [1, 1, 1]);
    const [first, second, third] = [0, 1, 2].map((token) => query.subarray(10 + token * 11, 10 + (token + 1) * 11));
    expect(second).toEqual(Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    expect(first?.at(-1)).toBe(0xff);
    expect(third?.subarray(4)).toEqual(new Uint8Array(7).fill(0x88));
  });
});
