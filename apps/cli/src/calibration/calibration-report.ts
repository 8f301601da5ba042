import { calibrated } from '@aegis/domain/answering/calibration';
import { DEFAULT_MIN_CONFIDENCE } from '@aegis/domain/tenants/tenant-settings';
import { tableLines } from '../terminal/table';
import { type CalibrationOutcome, FEWEST_OF_EACH, FEWEST_QUESTIONS } from './calibration-outcome';

export type ReportLanguage = 'ko' | 'en';

const two = (value: number): string => value.toFixed(2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

interface Texts {
  readonly counts: (outcome: CalibrationOutcome) => string;
  readonly verdict: Record<CalibrationOutcome['verdict'], (outcome: CalibrationOutcome) => string>;
  readonly columns: readonly string[];
  readonly bound: string;
  readonly kept: (shown: string, share: string, answered: string) => string;
  readonly missed: (share: string, takes: number) => string;
  readonly none: string;
}

const at = ({ curve }: CalibrationOutcome): string => two(calibrated(curve, DEFAULT_MIN_CONFIDENCE));
const three = (value: number): string => value.toFixed(3);

const TEXTS: Record<ReportLanguage, Texts> = {
  en: {
    counts: ({ questions, answerable, found }) =>
      `${questions} questions, ${answerable} answerable; an expected document was found for ${found} of them.`,
    verdict: {
      better: (outcome) =>
        `The calibrated confidence is better: loss ${three(outcome.loss.calibrated)} on questions it has not seen, ${three(outcome.loss.shipped)} as shipped. ` +
        `What was 0.70 is ${at(outcome)} (slope ${outcome.curve.slope.toFixed(3)}, intercept ${outcome.curve.intercept.toFixed(3)}).`,
      as_good: ({ loss }) =>
        `The shipped confidence is as good (loss ${three(loss.shipped)}; calibrated, on questions it has not seen, ${three(loss.calibrated)}): it stays.`,
      too_few: () =>
        `Too few questions to calibrate: it takes ${FEWEST_QUESTIONS}, with at least ${FEWEST_OF_EACH} that were answered by what was found and ${FEWEST_OF_EACH} that were not.`,
    },
    columns: ['confidence from', 'answered', 'of them wrong', 'wrong at most'],
    bound: 'All of these bounds hold together with 95 % certainty (Clopper-Pearson, exact), for questions of the kind that was asked.',
    kept: (shown, share, answered) => `At most ${share} wrong: answer from ${shown} on; ${answered} of the questions are answered then.`,
    missed: (share, takes) =>
      `At most ${share} wrong cannot be promised with these questions. It takes at least ${takes} answered ones without a wrong one, and more where some are wrong.`,
    none: '–',
  },
  ko: {
    counts: ({ questions, answerable, found }) =>
      `질문 ${questions}개 중 답이 있는 질문 ${answerable}개, 그중 ${found}개에서 기대한 문서를 찾았습니다.`,
    verdict: {
      better: (outcome) =>
        `보정한 신뢰도가 더 정확합니다: 학습에 쓰지 않은 질문의 손실 ${three(outcome.loss.calibrated)}, 기본값 ${three(outcome.loss.shipped)}. ` +
        `0.70이던 신뢰도는 ${at(outcome)}이 됩니다(기울기 ${outcome.curve.slope.toFixed(3)}, 절편 ${outcome.curve.intercept.toFixed(3)}).`,
      as_good: ({ loss }) =>
        `기본 신뢰도로 충분합니다(손실 ${three(loss.shipped)}, 보정하면 학습에 쓰지 않은 질문에서 ${three(loss.calibrated)}). 그대로 둡니다.`,
      too_few: () =>
        `질문이 적어 보정할 수 없습니다. ${FEWEST_QUESTIONS}개 이상, 찾은 문서로 답이 되는 질문과 되지 않는 질문이 각각 ${FEWEST_OF_EACH}개 이상 필요합니다.`,
    },
    columns: ['신뢰도 하한', '답변', '그중 오답', '오답 상한'],
    bound: '위 상한은 모두 함께 95 % 확률로 성립합니다(클로퍼-피어슨 정확 구간). 물어본 것과 같은 종류의 질문에 한합니다.',
    kept: (shown, share, answered) => `오답 ${share} 이하: 신뢰도 ${shown}부터 답변하며, 질문의 ${answered}에 답하게 됩니다.`,
    missed: (share, takes) =>
      `이 질문들로는 오답 ${share} 이하를 약속할 수 없습니다. 오답이 하나도 없어도 답변한 질문이 ${takes}개 이상 필요하고, 오답이 있으면 더 필요합니다.`,
    none: '–',
  },
};

/** For a person. Says what can be promised, and what cannot with so few questions. */
export function reportLines(outcome: CalibrationOutcome, language: ReportLanguage): readonly string[] {
  const texts = TEXTS[language];
  const rows = outcome.promises.map(({ shown, answered, wrong, atMost }) => [
    two(shown),
    String(answered),
    String(wrong),
    answered === 0 ? texts.none : percent(atMost),
  ]);
  return [
    texts.counts(outcome),
    texts.verdict[outcome.verdict](outcome),
    '',
    ...tableLines([texts.columns, ...rows]),
    '',
    texts.bound,
    ...wantedLines(outcome, texts),
  ];
}

function wantedLines({ wanted, questions }: CalibrationOutcome, texts: Texts): string[] {
  if (wanted === null) return [];
  const { share, promise, takes } = wanted;
  if (promise === undefined) return [texts.missed(percent(share), takes)];
  return [texts.kept(two(promise.shown), percent(share), percent(promise.answered / questions))];
}
