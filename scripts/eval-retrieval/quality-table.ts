import type { RowFigures } from './row-figures';

/** What is committed beside the page, and compared with the next run. Rows by name, then strategies by name. */
export interface QualityTable {
  readonly rows: Readonly<Record<string, Readonly<Record<string, RowFigures>>>>;
  /** Calibration error of the default configuration over all rows of the mixture; null when not all of them were asked. */
  readonly mixtureEce: number | null;
}

export const EMPTY_TABLE: QualityTable = { rows: {}, mixtureEce: null };

/** A figure that got worse by more than it may. */
export interface Drop {
  readonly row: string;
  readonly strategy: string;
  readonly figure: string;
  readonly before: number;
  readonly now: number;
}

export const TOLERANCE = 0.01;
/** Of fewer questions than this a figure says too little to be compared. */
const ENOUGH = 20;

interface Compared {
  readonly figure: string;
  readonly value: number;
  readonly better: 'higher' | 'lower';
  /** What one question more or less changes: never a drop by itself. */
  readonly step: number;
}

function comparedOf(figures: RowFigures): Compared[] {
  const higher = (figure: string, value: number): Compared => ({ figure, value, better: 'higher', step: 0 });
  return [
    higher('nDCG@10', figures.ndcgAt10),
    higher('R@5', figures.recallAt5),
    higher('R@20', figures.recallAt20),
    higher('MRR@10', figures.mrrAt10),
    ...Object.entries(figures.kinds)
      .filter(([, { n }]) => n >= ENOUGH)
      .flatMap(([kind, { n, auroc, refusedAt5 }]): Compared[] => [
        higher(`AUROC ${kind}`, auroc),
        { figure: `refused ${kind}`, value: refusedAt5, better: 'higher', step: 1 / n },
      ]),
    ...(figures.ece === null ? [] : [{ figure: 'ECE', value: figures.ece, better: 'lower', step: 0 } as const]),
  ];
}

/** What got worse by more than 0.01. Rows and figures that only one of both has are not compared; latencies never are. */
export function dropsOf(before: QualityTable, now: QualityTable): Drop[] {
  return Object.entries(now.rows).flatMap(([row, strategies]) =>
    Object.entries(strategies).flatMap(([strategy, figures]) => {
      const last = before.rows[row]?.[strategy];
      if (last === undefined) return [];
      const values = new Map(comparedOf(last).map(({ figure, value }) => [figure, value]));
      return comparedOf(figures).flatMap(({ figure, value, better, step }): Drop[] => {
        const old = values.get(figure);
        if (old === undefined) return [];
        const worse = better === 'higher' ? old - value : value - old;
        return worse > Math.max(TOLERANCE, step) + 1e-9 ? [{ row, strategy, figure, before: old, now: value }] : [];
      });
    }),
  );
}

/** The rows that were asked this time in the place of their last ones. */
export function merged(before: QualityTable, now: QualityTable): QualityTable {
  const rows = new Map(Object.entries(before.rows));
  for (const [row, strategies] of Object.entries(now.rows)) rows.set(row, { ...rows.get(row), ...strategies });
  return { rows: Object.fromEntries(rows), mixtureEce: now.mixtureEce ?? before.mixtureEce };
}

/** Four decimals say more than the figures know; more would only make every run a new file. */
export const roundedJson = (table: QualityTable): string =>
  `${JSON.stringify(table, (_key, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(4)) : value), 2)}\n`;
