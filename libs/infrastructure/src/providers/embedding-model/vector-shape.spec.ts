import { pool, unit } from './vector-shape';

describe('pool', () => {
  /** Three tokens of two numbers; the last is padding. */
  const hidden = Float32Array.of(1, 2, 3, 6, 100, 100);

  it.each([
    ['mean', [2, 4]],
    ['cls', [1, 2]],
    ['last', [3, 6]],
  ] as const)('takes the %s of what is no padding', (pooling, expected) => {
    expect([...pool(hidden, 2, 2, pooling)]).toEqual(expected);
  });
});

describe('unit', () => {
  it('keeps the direction at length one', () => {
    const [x, y] = unit([3, 4]) ?? [];
    expect(x).toBeCloseTo(0.6);
    expect(y).toBeCloseTo(0.8);
  });

  it.each([[[0, 0]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY, 1]]])('refuses %p', (values) => {
    expect(unit(values)).toBeUndefined();
  });
});
