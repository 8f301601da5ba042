import {
  AS_SHIPPED,
  calibrated,
  type CalibrationCurve,
  fitCalibration,
  heldOutLoss,
  type JudgedConfidence,
} from '@aegis/domain/answering/calibration';
import { type ConfidencePromise, promisesOf, questionsToPromise, thresholdFor } from '@aegis/domain/answering/promise';

/** A golden question that was searched for. */
export interface AskedQuestion extends JudgedConfidence {
  readonly isAnswerable: boolean;
}

/** A promise, with the confidence that clients see at its threshold. */
export interface ShownPromise extends ConfidencePromise {
  readonly shown: number;
}

export interface CalibrationOutcome {
  readonly questions: number;
  readonly answerable: number;
  /** Of the answerable, those for which an expected document was found. */
  readonly found: number;
  /** `too_few`: nothing was fitted; `as_good`: the fit did no better on questions that it had not seen. The curve is the shipped one then. */
  readonly verdict: 'better' | 'as_good' | 'too_few';
  readonly curve: CalibrationCurve;
  /** Mean logarithmic loss, on questions that the fit has not seen. */
  readonly loss: { readonly shipped: number; readonly calibrated: number };
  readonly promises: readonly ShownPromise[];
  /** What was asked for with `--max-wrong`; `promise` is undefined where it cannot be had. */
  readonly wanted: { readonly share: number; readonly promise: ShownPromise | undefined; readonly takes: number } | null;
}

/** Fewer say more about themselves than about the next question. */
export const FEWEST_QUESTIONS = 30;
export const FEWEST_OF_EACH = 5;
/** Worth a change of what clients see. */
const WORTH_IT = 0.002;

/** Never above what the threshold itself becomes: a confidence just there is answered. */
const asSetting = (value: number): number => Math.floor(value * 1e6) / 1e6;

export function outcomeOf(asked: readonly AskedQuestion[], maxWrong: number | null): CalibrationOutcome {
  const right = asked.filter(({ isRight }) => isRight).length;
  const isEnough = asked.length >= FEWEST_QUESTIONS && Math.min(right, asked.length - right) >= FEWEST_OF_EACH;
  const loss = heldOutLoss(asked);
  const isBetter = isEnough && loss.calibrated < loss.shipped - WORTH_IT;
  const curve = isBetter ? fitCalibration(asked) : AS_SHIPPED;
  const promises = promisesOf(asked).map((promise) => ({ ...promise, shown: asSetting(calibrated(curve, promise.threshold)) }));
  const promise = maxWrong === null ? undefined : thresholdFor(promises, maxWrong);
  return {
    questions: asked.length,
    answerable: asked.filter(({ isAnswerable }) => isAnswerable).length,
    found: right,
    verdict: isBetter ? 'better' : isEnough ? 'as_good' : 'too_few',
    curve,
    loss,
    promises,
    wanted:
      maxWrong === null
        ? null
        : {
            share: maxWrong,
            promise: promises.find(({ threshold }) => threshold === promise?.threshold),
            takes: questionsToPromise(maxWrong),
          },
  };
}
