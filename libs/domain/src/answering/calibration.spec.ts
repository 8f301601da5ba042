import fc from 'fast-check';
import { AS_SHIPPED, calibrated, fitCalibration, heldOutLoss, type JudgedConfidence, logOddsOf } from './calibration';

/** Numbers in [0, 1), the same on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Questions whose confidence promises more than it keeps: the truth is `slope * log odds + intercept`. */
function questions(count: number, slope: number, intercept: number, seed = 7): JudgedConfidence[] {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const confidence = 0.02 + 0.96 * next();
    return { confidence, isRight: next() < 1 / (1 + Math.exp(-(slope * logOddsOf(confidence) + intercept))) };
  });
}

describe('calibration', () => {
  it('finds the curve that the questions were made with', () => {
    const { slope, intercept } = fitCalibration(questions(4_000, 0.6, -0.8));
    expect(Math.abs(slope - 0.6)).toBeLessThan(0.08);
    expect(Math.abs(intercept + 0.8)).toBeLessThan(0.08);
  });

  it('leaves the shipped curve nearly as it is where it is right, and where there are next to no questions', () => {
    const right = fitCalibration(questions(4_000, 1, 0));
    expect(Math.abs(right.slope - 1)).toBeLessThan(0.08);
    expect(Math.abs(right.intercept)).toBeLessThan(0.08);
    expect(fitCalibration([])).toEqual(AS_SHIPPED);
    expect(Math.abs(fitCalibration([{ confidence: 0.9, isRight: false }]).intercept)).toBeLessThan(1);
  });

  it('does better on questions that it has not seen, where there was something to learn', () => {
    const wrong = heldOutLoss(questions(300, 0.5, -1));
    expect(wrong.calibrated).toBeLessThan(wrong.shipped - 0.03);
    const right = heldOutLoss(questions(300, 1, 0));
    expect(right.calibrated).toBeGreaterThan(right.shipped - 0.005);
  });

  it('never turns the order of two confidences around, and stays finite, whatever it is taught', () => {
    const judged = fc.array(fc.record({ confidence: fc.double({ min: 0, max: 1, noNaN: true }), isRight: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(judged, (items) => {
        const curve = fitCalibration(items);
        const values = [0.01, 0.2, 0.5, 0.7, 0.99].map((confidence) => calibrated(curve, confidence));
        expect(values).toEqual([...values].sort((a, b) => a - b));
        for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
      }),
    );
  });

  it('does not believe questions that say that the surer is the wronger', () => {
    const inverted = Array.from({ length: 200 }, (_, at) => ({ confidence: at % 2 === 0 ? 0.95 : 0.05, isRight: at % 2 === 1 }));
    expect(fitCalibration(inverted).slope).toBeGreaterThan(0);
  });

  it('leaves nothing found at nothing', () => {
    expect(calibrated({ slope: 1, intercept: 5 }, 0)).toBe(0);
    expect(calibrated(AS_SHIPPED, 0.73)).toBeCloseTo(0.73, 10);
  });
});
