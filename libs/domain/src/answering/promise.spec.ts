import type { JudgedConfidence } from './calibration';
import { promisesOf, questionsToPromise, thresholdFor, upperBound } from './promise';

const many = (count: number, confidence: number, isRight: boolean): JudgedConfidence[] =>
  Array.from({ length: count }, () => ({ confidence, isRight }));

describe('the exact bound of Clopper and Pearson', () => {
  it.each([
    // One-sided, 95 %: 1 - 0.05^(1/n) where none is wrong, and the quantile of the beta distribution elsewhere.
    [0, 10, 0.05, 0.258866],
    [0, 59, 0.05, 0.049508],
    [1, 10, 0.05, 0.394163],
    [5, 100, 0.05, 0.102253],
    [3, 50, 0.025, 0.165482],
    [50, 100, 0.025, 0.60168],
  ])('%d wrong of %d, missed with probability %d: %d', (wrong, count, risk, bound) => {
    expect(upperBound(wrong, count, risk)).toBeCloseTo(bound, 4);
  });

  it('promises nothing of nothing, and where all were wrong', () => {
    expect(upperBound(0, 0, 0.05)).toBe(1);
    expect(upperBound(7, 7, 0.05)).toBe(1);
  });

  it('stays exact for thousands', () => {
    expect(upperBound(400, 8_000, 0.05)).toBeCloseTo(0.0542, 3);
  });
});

describe('what can be promised', () => {
  it('counts what is answered from each threshold on, and shares the risk among them', () => {
    const promises = promisesOf([...many(200, 0.92, true), ...many(2, 0.92, false), ...many(30, 0.55, false), ...many(50, 0.1, false)]);
    const at = (threshold: number) => promises.find((promise) => promise.threshold === threshold);
    expect(at(0.9)).toMatchObject({ answered: 202, wrong: 2 });
    expect(at(0.9)?.atMost).toBeCloseTo(upperBound(2, 202, 0.05 / 7), 10);
    expect(at(0.5)).toMatchObject({ answered: 232, wrong: 32 });
    expect(at(0.95)).toMatchObject({ answered: 0, atMost: 1 });
  });

  it('takes the threshold that answers most, and none where none can be promised', () => {
    const promises = promisesOf([...many(200, 0.85, true), ...many(100, 0.97, true), ...many(40, 0.65, false)]);
    expect(thresholdFor(promises, 0.05)?.threshold).toBe(0.7);
    expect(thresholdFor(promises, 0.001)).toBeUndefined();
    expect(thresholdFor(promisesOf(many(20, 0.99, true)), 0.05)).toBeUndefined();
  });

  it('knows how many questions a promise takes', () => {
    const count = questionsToPromise(0.05);
    expect(thresholdFor(promisesOf(many(count, 0.99, true)), 0.05)).toBeDefined();
    expect(thresholdFor(promisesOf(many(count - 1, 0.99, true)), 0.05)).toBeUndefined();
  });

  it('is kept in nearly all of two hundred deployments', () => {
    let state = 11;
    const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    // A question's truth follows its confidence, but is less sure than it says.
    const truth = (confidence: number): number => confidence ** 2;
    const sample = (count: number) =>
      Array.from({ length: count }, () => {
        const confidence = next();
        return { confidence, isRight: next() < truth(confidence) };
      });
    // The share of wrong ones above t: 1 - the mean of c² on [t, 1].
    const wrongAbove = (t: number): number => 1 - (1 - t ** 3) / 3 / (1 - t);
    const broken = Array.from({ length: 200 }, () =>
      promisesOf(sample(120)).some(({ threshold, atMost }) => wrongAbove(threshold) > atMost),
    );
    expect(broken.filter(Boolean).length).toBeLessThan(20);
  });
});
