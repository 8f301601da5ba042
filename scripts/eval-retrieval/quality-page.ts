import { GOALS } from './goals';
import { FALSE_REFUSALS, type RowFigures } from './row-figures';
import type { QualityTable } from './quality-table';
import { STRATEGIES } from './strategies';

const BEGIN = '<!-- npm run eval:retrieval -- --update writes from here … -->';
const END = '<!-- … to here -->';
const HEADING = '# Quality\n';

const three = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? '–' : value.toFixed(3);
const two = (value: number): string => value.toFixed(2);
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');

type Rows = readonly (readonly [string, RowFigures])[];

const rowsOf = ({ rows }: QualityTable, strategy: string): Rows =>
  Object.entries(rows).flatMap(([name, strategies]) => {
    const figures = strategies[strategy];
    return figures === undefined ? [] : [[name, figures] as const];
  });

function overview(all: QualityTable): string {
  const rows = Object.entries(all.rows).map(([name, strategies]) => {
    const cells = STRATEGIES.map((strategy) => three(strategies[strategy.name]?.ndcgAt10));
    return [name, three(GOALS[name]), ...cells];
  });
  return table(['nDCG@10', 'goal of the default', ...STRATEGIES.map(({ title }) => title)], rows);
}

const ranking = (rows: Rows): string =>
  table(
    ['set', 'questions', 'nDCG@10', 'R@5', 'R@20', 'MRR@10', 'ECE', 'p50 ms', 'p95 ms'],
    rows.map(([name, figures]) => [
      ...[name, String(figures.answerable), three(figures.ndcgAt10), three(figures.recallAt5), three(figures.recallAt20)],
      ...[three(figures.mrrAt10), three(figures.ece), figures.p50Ms.toFixed(0), figures.p95Ms.toFixed(0)],
    ]),
  );

function confidence(rows: Rows): string {
  const cells = rows.flatMap(([name, { kinds }]) =>
    Object.entries(kinds).map(([kind, { n, auroc, refusedAt5 }]) => [name, kind, String(n), three(auroc), two(refusedAt5)]),
  );
  return table(['set', 'unanswerable', 'n', 'AUROC', `refused at ${FALSE_REFUSALS * 100} % false refusals`], cells);
}

function generated(all: QualityTable): string {
  const strategies = STRATEGIES.filter(({ name }) => rowsOf(all, name).length > 0);
  return [
    '### nDCG@10 of every strategy',
    overview(all),
    ...(all.mixtureEce === null
      ? []
      : [`Calibration error of the default configuration over the mixture of all sets: **${three(all.mixtureEce)}**.`]),
    ...strategies.flatMap(({ name, title }) => {
      const rows = rowsOf(all, name);
      return [`### ${title.charAt(0).toUpperCase()}${title.slice(1)}`, ranking(rows), confidence(rows)];
    }),
  ].join('\n\n');
}

/** The page with its generated part renewed; everything outside the two marks stays. */
export function quality(page: string, all: QualityTable): string {
  const part = `${BEGIN}\n\n${generated(all)}\n\n${END}`;
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) return `${page === '' ? HEADING : page.trimEnd()}\n\n${part}\n`;
  return `${page.slice(0, from)}${part}${page.slice(to + END.length)}`;
}
