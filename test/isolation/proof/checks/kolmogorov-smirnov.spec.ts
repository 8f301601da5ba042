import { compareSamples, kolmogorov, median } from './kolmogorov-smirnov';

describe('the Kolmogorov-Smirnov test', () => {
  it.each([
    [1.2238, 0.1],
    [1.3581, 0.05],
    [1.6276, 0.01],
    [1.9495, 0.001],
  ])('knows the critical value %d of the tables', (lambda, p) => {
    expect(kolmogorov(lambda)).toBeCloseTo(p, 4);
  });

  it('knows the limits', () => {
    expect([kolmogorov(0), kolmogorov(0.19), kolmogorov(0.2), kolmogorov(10)]).toEqual([1, 1, expect.closeTo(1, 9), expect.closeTo(0, 9)]);
  });

  it('measures the distance between two samples, ties included', () => {
    expect(compareSamples([1, 2, 3, 4], [1, 2, 3, 4]).distance).toBe(0);
    expect(compareSamples([1, 2, 3, 4], [3, 4, 5, 6]).distance).toBe(0.5);
    expect(compareSamples([1, 1, 1, 2], [1, 2, 2, 2]).distance).toBe(0.5);
    expect(compareSamples([1, 2], [3, 4, 5])).toMatchObject({ distance: 1 });
  });

  it('tells a shifted sample from the same one', () => {
    const sample = (seed: number, shift: number) => Array.from({ length: 400 }, (_, index) => ((index * 7919 + seed) % 400) / 400 + shift);
    expect(compareSamples(sample(1, 0), sample(5, 0)).p).toBeGreaterThan(0.99);
    expect(compareSamples(sample(1, 0), sample(5, 0.08)).p).toBeLessThan(0.2);
    expect(compareSamples(sample(1, 0), sample(5, 0.2)).p).toBeLessThan(0.001);
  });

  it('finds the median', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([5])]).toEqual([2, 2.5, 5]);
  });
});
