import { groupBy } from './group-by';
import { auroc, expectedCalibrationError, mean } from './metrics';
import type { Observation } from './logistic-regression';

export interface FittedCase extends Observation {
  readonly set: string;
  readonly kind: string;
  readonly size: number;
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
      const refused = mean(negatives.map((item) => (estimate(item) < THRESHOLD ? 1 : 0)));
      return [three(auroc(positives.map(estimate), negatives.map(estimate))), two(refused)];
    });
    return [name, String(negatives.length), ...figures];
  });
  return table(['unanswerable', 'n', 'AUROC held out', 'refused', 'AUROC final', 'refused'], rows);
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
