/** A judged question: how sure the system was before any calibration, and whether what it found answers it. */
export interface JudgedConfidence {
  /** 0 to 1. */
  readonly confidence: number;
  readonly isRight: boolean;
}

/** On the log odds: `slope * log odds + intercept`. */
export interface CalibrationCurve {
  readonly slope: number;
  readonly intercept: number;
}

/** Changes nothing. */
export const AS_SHIPPED: CalibrationCurve = { slope: 1, intercept: 0 };

/** Nobody is surer than that, whatever was computed. */
const SURE = 1e-6;
/** How much the shipped curve counts, in questions: few questions move it a little, many as far as they say. */
const PRIOR = 4;
const STEPS = 50;
/** An inverted or flat curve would say that the questions are judged wrongly, not that the confidence is. */
const LOWEST_SLOPE = 0.05;
const HIGHEST_SLOPE = 20;
const LARGEST_INTERCEPT = 20;
const FOLDS = 5;

const clamped = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

export function logOddsOf(confidence: number): number {
  const bounded = clamped(confidence, SURE, 1 - SURE);
  return Math.log(bounded / (1 - bounded));
}

const curved = ({ slope, intercept }: CalibrationCurve, confidence: number): number =>
  1 / (1 + Math.exp(-(slope * logOddsOf(confidence) + intercept)));

/** What a confidence becomes, 0 to 1; 0 stays 0: there was nothing to judge. */
export const calibrated = (curve: CalibrationCurve, confidence: number): number => (confidence === 0 ? 0 : curved(curve, confidence));

/** Platt's two figures, by Newton's method, held back towards the shipped curve. The same questions give the same curve. */
export function fitCalibration(judged: readonly JudgedConfidence[]): CalibrationCurve {
  const points = judged.map(({ confidence, isRight }) => ({ x: logOddsOf(confidence), y: isRight ? 1 : 0 }));
  let { slope, intercept } = AS_SHIPPED;
  for (let step = 0; step < STEPS; step += 1) {
    let [a, b] = [PRIOR * (1 - slope), -PRIOR * 0.25 * intercept];
    let [aa, ab, bb] = [PRIOR, 0, PRIOR * 0.25];
    for (const { x, y } of points) {
      const p = 1 / (1 + Math.exp(-(slope * x + intercept)));
      const spread = p * (1 - p);
      a += (y - p) * x;
      b += y - p;
      aa += spread * x * x;
      ab += spread * x;
      bb += spread;
    }
    const determinant = aa * bb - ab * ab;
    // A step too far is half a step: few and extreme questions would throw it about.
    const [da, db] = [(a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant];
    const scale = Math.min(1, 2 / Math.max(Math.abs(da), Math.abs(db), 1e-12));
    slope += scale * da;
    intercept += scale * db;
    if (Math.max(Math.abs(da), Math.abs(db)) < 1e-10) break;
  }
  return {
    slope: Number(clamped(slope, LOWEST_SLOPE, HIGHEST_SLOPE).toFixed(6)),
    intercept: Number(clamped(intercept, -LARGEST_INTERCEPT, LARGEST_INTERCEPT).toFixed(6)),
  };
}

/** Mean logarithmic loss: what it costs to have been wrong about how sure one was. */
function lossOf(curve: CalibrationCurve, judged: readonly JudgedConfidence[]): number {
  const sum = judged.reduce((total, { confidence, isRight }) => {
    const promised = clamped(curved(curve, confidence), SURE, 1 - SURE);
    return total - Math.log(isRight ? promised : 1 - promised);
  }, 0);
  return sum / Math.max(1, judged.length);
}

/** On questions that the curve has not seen: each fifth judged by what the other four taught. */
export function heldOutLoss(judged: readonly JudgedConfidence[]): { readonly shipped: number; readonly calibrated: number } {
  const folds = Array.from({ length: FOLDS }, (_, fold) => judged.filter((__, at) => at % FOLDS === fold));
  const total = folds.reduce((sum, fold, at) => {
    const curve = fitCalibration(judged.filter((_, index) => index % FOLDS !== at));
    return sum + lossOf(curve, fold) * fold.length;
  }, 0);
  return { shipped: lossOf(AS_SHIPPED, judged), calibrated: total / Math.max(1, judged.length) };
}
