import { isCertainMark } from '../list-mark';
import type { PlacedLine } from './placed-line';
import type { Cluster } from './text-line';

export interface AlignedTable {
  readonly rows: readonly (readonly string[])[];
  /** Lines of the input that it takes, from its first on. */
  readonly lineCount: number;
}

const FEWEST_LINES = 3;
const LEADERS = /\.{4,}|…{2,}|·{4,}|(?:\. ){4,}/u;
const BARE_MARK = /^(?:\d{1,2}|[가-하]|[a-z])[.)]$|^\(?\d{1,2}\)$|^[-–•◦▪■□○●①-⑳]$/u;

interface Column {
  readonly left: number;
  readonly right: number;
}

/** A mark of a list and its text are one, and so are the parts of a date that stand apart (`2011.  1.  1.`). */
function cellsOf({ clusters }: PlacedLine): readonly Cluster[] {
  const cells: Cluster[] = [];
  for (const cluster of clusters) {
    const before = cells.at(-1);
    const joins = before !== undefined && ((cells.length === 1 && BARE_MARK.test(before.text)) || /^(?:\d{1,2}\. ?)+$/.test(cluster.text));
    if (joins) cells[cells.length - 1] = { text: `${before.text} ${cluster.text}`, left: before.left, right: cluster.right };
    else cells.push(cluster);
  }
  return cells;
}

const isRow = (line: PlacedLine): boolean => cellsOf(line).length >= 2 && !LEADERS.test(line.text);

/** The table that begins at `lines[from]`: three lines or more of two cells or more whose columns agree. */
export function alignedTable(lines: readonly PlacedLine[], from: number): AlignedTable | null {
  const first = lines[from];
  if (first === undefined || !isRow(first)) return null;
  const run = runOf(lines, from);
  if (run.filter(isRow).length < FEWEST_LINES) return null;
  const columns = columnsOf(run);
  if (columns.length < 2) return null;
  const rows = rowsOf(run, columns);
  return rows.length < 2 ? null : { rows, lineCount: run.length };
}

/** Neighbouring rows, with single lines between them that continue a cell. */
function runOf(lines: readonly PlacedLine[], from: number): PlacedLine[] {
  const run: PlacedLine[] = [];
  let upToRow = 0;
  for (const line of lines.slice(from)) {
    const before = run.at(-1);
    if (before !== undefined && !isNear(before, line)) break;
    if (!isRow(line) && (isTooWide(line, run) || isCertainMark(line.text) || LEADERS.test(line.text) || run.length - upToRow >= 2)) break;
    run.push(line);
    if (isRow(line)) upToRow = run.length;
  }
  return run.slice(0, upToRow + wrappedLines(run, upToRow));
}

/** Lines behind the last row that stand under one of its later cells, as close as lines of one cell do. */
function wrappedLines(run: readonly PlacedLine[], upToRow: number): number {
  const row = run[upToRow - 1];
  const later = row === undefined ? [] : cellsOf(row).slice(1);
  const after = run.slice(upToRow);
  const end = after.findIndex((line, index) => {
    const before = run[upToRow + index - 1] ?? line;
    return line.baseline - before.baseline > 1.75 * line.height || !later.some(({ left }) => Math.abs(left - line.left) < line.height);
  });
  return end < 0 ? after.length : end;
}

/** A line across several columns is text that follows the table. */
function isTooWide({ left, right }: PlacedLine, run: readonly PlacedLine[]): boolean {
  const width = Math.max(...run.map((line) => line.right)) - Math.min(...run.map((line) => line.left));
  return right - left > 0.5 * width;
}

const isNear = (before: PlacedLine, line: PlacedLine): boolean =>
  before.page === line.page &&
  line.baseline > before.baseline &&
  line.baseline - before.baseline < 4 * Math.max(before.height, line.height);

/** The columns of the fullest kind of row that occurs often; a cell across several columns does not join them. */
function columnsOf(run: readonly PlacedLine[]): Column[] {
  const counts = new Map<number, number>();
  for (const line of run.filter(isRow)) counts.set(cellsOf(line).length, (counts.get(cellsOf(line).length) ?? 0) + 1);
  const often = [...counts].filter(([, count]) => count >= Math.max(2, run.filter(isRow).length / 3)).sort((a, b) => b[0] - a[0])[0];
  if (often === undefined) return [];
  const cells = run
    .map(cellsOf)
    .filter((row) => row.length === often[0])
    .flat()
    .toSorted((a, b) => a.left - b.left);
  const columns: Column[] = [];
  for (const { left, right } of cells) {
    const last = columns.at(-1);
    if (last !== undefined && left < last.right) columns[columns.length - 1] = { left: last.left, right: Math.max(last.right, right) };
    else columns.push({ left, right });
  }
  return columns.length === often[0] ? columns : [];
}

function rowsOf(run: readonly PlacedLine[], columns: readonly Column[]): string[][] {
  const steps = run.slice(1).map((line, index) => line.baseline - (run[index]?.baseline ?? 0));
  const [smallest, largest] = [Math.min(...steps), Math.max(...steps)];
  const height = run[0]?.height ?? 0;
  const wraps = largest > 1.25 * smallest && smallest < 1.75 * height;
  const rows: string[][] = [];
  run.forEach((line, index) => {
    const cells = assigned(cellsOf(line), columns);
    const row = rows.at(-1);
    const continues = cellsOf(line).length === 1 || (wraps && (steps[index - 1] ?? Infinity) <= 1.25 * smallest && cells.includes(''));
    if (row === undefined || !continues) rows.push(cells);
    else rows[rows.length - 1] = row.map((text, column) => [text, cells[column] ?? ''].filter((part) => part !== '').join(' '));
  });
  return rows;
}

/** Every cluster to the column that it shares most with, else to the nearest. */
function assigned(clusters: readonly Cluster[], columns: readonly Column[]): string[] {
  const cells = columns.map((): string[] => []);
  for (const { text, left, right } of clusters) {
    const shares = columns.map((column) => Math.min(right, column.right) - Math.max(left, column.left));
    cells[shares.indexOf(Math.max(...shares))]?.push(text);
  }
  return cells.map((parts) => parts.join(' '));
}
