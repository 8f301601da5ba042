import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../retrieval-quality/group-by';
import type { Arguments } from './arguments';
import { QuestionAsker } from './ask-questions';
import { SET_NAMES, type EvaluationPlan, type PlannedRow } from './evaluation-plan';
import { GOALS } from './goals';
import { quality } from './quality-page';
import { dropsOf, EMPTY_TABLE, merged, type QualityTable, roundedJson, TOLERANCE } from './quality-table';
import { figuresOf, mixtureEce, type Observation, type RowFigures } from './row-figures';
import { STRATEGIES } from './strategies';
import { Tenants } from './tenants';

export type Print = (line: string) => void;

export interface Deployment {
  readonly url: string;
  readonly adminKey: string;
}

/** Fills tenants, asks every question of the plan and compares with the committed table. Answers the exit code: 1 after a drop. */
export async function evaluate(plan: EvaluationPlan, options: Arguments, { url, adminKey }: Deployment, print: Print): Promise<0 | 1> {
  const tenants = new Tenants(url, adminKey, options.keep === null ? null : join(options.keep, 'tenants.json'), print);
  try {
    const asker = new QuestionAsker(plan, await tenants.fill(plan.corpora), options.atOnce);
    const now = await figuresOfAll(plan.rows, asker, options, print);
    return conclude(now, options, print);
  } finally {
    if (options.keep === null) await tenants.remove();
  }
}

async function figuresOfAll(rows: readonly PlannedRow[], asker: QuestionAsker, options: Arguments, print: Print): Promise<QualityTable> {
  const table: Record<string, Record<string, RowFigures>> = {};
  const mixture: (readonly Observation[])[] = [];
  // All questions of one strategy before the next one: the first meets no cache that another one filled.
  for (const strategy of STRATEGIES.filter(({ name }) => options.strategies.includes(name))) {
    for (const row of rows) {
      const observations = await asker.ask(row, strategy);
      const figures = figuresOf(observations);
      (table[row.name] ??= {})[strategy.name] = figures;
      if (strategy.retrieval === undefined && row.inMixture) mixture.push(observations);
      print(told(row, strategy.name, figures));
    }
  }
  const whole = options.limit === null && mixture.length > 0 && SET_NAMES.every((name) => options.sets.includes(name));
  return { rows: table, mixtureEce: whole ? mixtureEce(mixture) : null };
}

function told({ name }: PlannedRow, strategy: string, figures: RowFigures): string {
  const kinds = Object.entries(figures.kinds).map(
    ([kind, { auroc, refusedAt5 }]) => `${kind} ${auroc.toFixed(3)}/${refusedAt5.toFixed(2)}`,
  );
  const goal = strategy === 'default' ? GOALS[name] : undefined;
  const wanted = goal === undefined ? '' : ` (goal ${goal.toFixed(3)})`;
  return [
    `${strategy} · ${name}: nDCG@10 ${figures.ndcgAt10.toFixed(3)}${wanted}, R@5 ${figures.recallAt5.toFixed(3)}`,
    `R@20 ${figures.recallAt20.toFixed(3)}, MRR@10 ${figures.mrrAt10.toFixed(3)}`,
    ...(figures.ece === null ? [] : [`ECE ${figures.ece.toFixed(3)}`]),
    `p50 ${figures.p50Ms.toFixed(0)} ms, p95 ${figures.p95Ms.toFixed(0)} ms`,
    ...(kinds.length === 0 ? [] : [`AUROC/refused: ${kinds.join(', ')}`]),
  ].join(', ');
}

function conclude(now: QualityTable, options: Arguments, print: Print): 0 | 1 {
  if (options.limit !== null) {
    print('Nothing is compared: with --limit the figures are those of other questions.');
    return 0;
  }
  const last = readTable(options.table);
  const drops = dropsOf(last, now);
  for (const { row, strategy, figure, before, now: value } of drops) {
    print(`WORSE ${strategy} · ${row}: ${figure} was ${before.toFixed(3)} and is ${value.toFixed(3)}`);
  }
  if (options.update) {
    writeTable(options.table, merged(last, now));
    print(`written: ${options.table} and its page${drops.length === 0 ? '' : `, with ${drops.length} figures that got worse`}`);
    return 0;
  }
  const strange = Object.keys(now.rows).filter((name) => last.rows[name] === undefined);
  if (strange.length > 0) print(`not in ${options.table} yet, so not compared: ${strange.join('; ')}`);
  print(drops.length === 0 ? `No figure is worse than in ${options.table} by more than ${TOLERANCE}.` : summary(drops, options.table));
  return drops.length === 0 ? 0 : 1;
}

function summary(drops: readonly { readonly row: string }[], file: string): string {
  const rows = [...groupBy(drops, ({ row }) => row)].map(([row, of]) => `${row} (${of.length})`);
  return `FAILED: ${drops.length} figures are worse than in ${file} by more than ${TOLERANCE}: ${rows.join(', ')}. Where that is meant: --update.`;
}

const readTable = (file: string): QualityTable =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as QualityTable) : EMPTY_TABLE;

function writeTable(file: string, table: QualityTable): void {
  const page = file.replace(/\.json$/, '.md');
  writeFileSync(file, roundedJson(table));
  writeFileSync(page, quality(existsSync(page) ? readFileSync(page, 'utf8') : '', table));
}
