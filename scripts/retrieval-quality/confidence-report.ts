import type { AnswerabilityFigures, EvidenceGap } from '@aegis/domain/answering/answerability';
import type { ConfidenceFeatures } from '@aegis/domain/answering/confidence-features';
import { groupBy } from './group-by';
import { auroc, expectedCalibrationError, mean } from './metrics';
import type { Observation } from './logistic-regression';
import type { CalibrationLine } from './reliability-diagram';

export interface FittedCase extends Observation<keyof ConfidenceFeatures> {
  readonly set: string;
  readonly kind: string;
  readonly size: number;
  /** False for the tenants that were cut down to a small size. */
  readonly whole: boolean;
  readonly gaps: AnswerabilityFigures;
}

type Estimate = (item: FittedCase) => number;

/** The default `min_confidence`: what a client sees is whether an answer comes or a refusal. */
const THRESHOLD = 0.7;
const SIZES: readonly (readonly [string, number])[] = [
  ['1', 1],
  ['3', 3],
  ['10', 10],
  ['30', 30],
  ['100', 100],
  ['200', 200],
  ['more', Infinity],
];

const sizeOf = ({ size }: FittedCase): string => SIZES.find(([, limit]) => size <= limit)?.[0] ?? 'more';
const two = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2).replace(/^0/, ''));
const three = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3).replace(/^0/, ''));
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

function byKind(cases: readonly FittedCase[], final: Estimate, heldOut: Estimate): string {
  const groups = groupBy(
    cases.filter(({ truth }) => !truth),
    ({ set, kind }) => `${set} · ${kind}`,
  );
  const rows = [...groups].map(([name, negatives]) => {
    const positives = cases.filter(({ set, truth }) => truth && set === negatives[0]?.set);
    const figures = [heldOut, final].flatMap((estimate) => {
      const [good, bad] = [positives.map(estimate), negatives.map(estimate)];
      return [three(auroc(good, bad)), two(mean(bad.map((value) => (value < THRESHOLD ? 1 : 0)))), two(refusedAtFivePercent(good, bad))];
    });
    return [name, String(negatives.length), ...figures];
  });
  return table(['unanswerable', 'n', 'AUROC held out', 'refused', 'at 5 %', 'AUROC final', 'refused', 'at 5 %'], rows);
}

function answeredBySize(cases: readonly FittedCase[], estimate: Estimate): string {
  const rows = [
    ...groupBy(
      cases.filter(({ truth }) => truth),
      ({ set }) => set,
    ),
  ].map(([set, items]) => {
    const bySize = groupBy(items, sizeOf);
    return [set, ...SIZES.map(([name]) => two(answeredShare(bySize.get(name), estimate)))];
  });
  const absent = groupBy(
    cases.filter(({ truth, weight }) => !truth && weight > 0),
    sizeOf,
  );
  const refused = [
    '*all sets: refused, of the unanswerable*',
    ...SIZES.map(([name]) => two(1 - answeredShare(absent.get(name), estimate))),
  ];
  return table(['answered, of the answerable', ...SIZES.map(([name]) => `${name} chunks`)], [...rows, refused]);
}

const answeredShare = (items: readonly FittedCase[] | undefined, estimate: Estimate): number =>
  items === undefined ? NaN : mean(items.map((item) => (estimate(item) >= THRESHOLD ? 1 : 0)));

/** Below the threshold that refuses 5 % of the answerable. */
const refusedAtFivePercent = (positives: readonly number[], negatives: readonly number[]): number => {
  const threshold = [...positives].sort((a, b) => a - b)[Math.floor(positives.length * 0.05)] ?? 0;
  return mean(negatives.map((value) => (value < threshold ? 1 : 0)));
};

/** Whole corpora only, as `npm run eval:retrieval` asks them: small tenants are easier. First stage, then both; held out, then final. */
export function stagesReport(cases: readonly FittedCase[], estimates: Readonly<Record<string, Estimate>>): string {
  const whole = cases.filter((item) => item.whole);
  const groups = groupBy(
    whole.filter(({ truth }) => !truth),
    ({ set, kind }) => `${set} · ${kind}`,
  );
  const rows = [...groups].map(([name, negatives]) => {
    const positives = whole.filter(({ set, truth }) => truth && set === negatives[0]?.set);
    const figures = Object.values(estimates).map((estimate) => {
      const [good, bad] = [positives.map(estimate), negatives.map(estimate)];
      return `${three(auroc(good, bad))} / ${two(refusedAtFivePercent(good, bad))}`;
    });
    return [name, String(negatives.length), ...figures];
  });
  const counted = cases.filter(({ weight }) => weight > 0);
  const errors = Object.entries(estimates).map(([name, estimate]) => {
    const error = expectedCalibrationError(counted.map((item) => ({ ...item, probability: estimate(item) })));
    return `${name} ${three(error)}`;
  });
  const { heldOutFirst, heldOut } = estimates;
  const turned = ['all sets', ...new Set(cases.map(({ set }) => set))].map((set) => {
    const right = cases.filter(
      (item) => item.truth && (set === 'all sets' || item.set === set) && (heldOutFirst?.(item) ?? 0) >= THRESHOLD,
    );
    return `${set} ${three(mean(right.map((item) => ((heldOut?.(item) ?? 0) < THRESHOLD ? 1 : 0))))}`;
  });
  return [
    table(['AUROC / refused at 5 %, whole corpora', 'n', ...Object.keys(estimates)], rows),
    `Calibration error: ${errors.join(', ')}.`,
    `Answered by the first stage, rightly, and refused by the second (held out): ${turned.join(', ')}.`,
    gapRates(cases),
  ].join('\n\n');
}

/** How often each gap is seen, in what is answerable and what is not. */
function gapRates(cases: readonly FittedCase[]): string {
  const gaps: readonly EvidenceGap[] = ['year', 'number', 'name', 'answer'];
  const rows = [...groupBy(cases, ({ set, kind }) => `${set} · ${kind}`)].map(([name, items]) => [
    name,
    ...gaps.map((gap) => three(mean(items.map((item) => (item.gaps[gap] > 0 ? 1 : 0))))),
  ]);
  return table(['share with a gap', ...gaps], rows);
}

/** Ten equally full bins of the mixture: what was promised on average, and how much of it was true. */
export function calibrationLines(cases: readonly FittedCase[], estimate: Estimate): CalibrationLine[] {
  const sorted = cases
    .filter(({ weight }) => weight > 0)
    .map((item) => ({ ...item, value: estimate(item) }))
    .sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const lines: CalibrationLine[] = [];
  let [from, reached] = [0, 0];
  for (let bin = 1; bin <= 10; bin += 1) {
    let to = from;
    while (to < sorted.length && reached < (bin * total) / 10 - 1e-9) {
      reached += sorted[to]?.weight ?? 0;
      to += 1;
    }
    const items = sorted.slice(from, to);
    const weight = items.reduce((sum, item) => sum + item.weight, 0);
    const promised = items.reduce((sum, item) => sum + item.weight * item.value, 0) / Math.max(1e-9, weight);
    const held = items.reduce((sum, item) => sum + (item.truth ? item.weight : 0), 0) / Math.max(1e-9, weight);
    lines.push({ promised, true: held, weight: weight / total });
    from = to;
  }
  return lines;
}

/** Three tables in Markdown: by kind of unanswerable question, by size of the tenant (held out, then final), and the calibration error. */
export function reportOf(cases: readonly FittedCase[], final: Estimate, heldOut: Estimate): string {
  const calibration = (estimate: Estimate): string => {
    const counted = cases.filter(({ weight }) => weight > 0);
    return three(expectedCalibrationError(counted.map((item) => ({ ...item, probability: estimate(item) }))));
  };
  return [
    byKind(cases, final, heldOut),
    `Calibration error: ${calibration(heldOut)} held out, ${calibration(final)} final.`,
    `Held out, at ${THRESHOLD}:`,
    answeredBySize(cases, heldOut),
    `Final, at ${THRESHOLD}:`,
    answeredBySize(cases, final),
  ].join('\n\n');
}
