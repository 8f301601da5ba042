import type { TableBlock } from '../shared/block';
import type { ChunkUnit } from './chunk-sections';
import { evenPieces } from './sentences';
import type { Steps } from './steps';
import { rowAsLines, tableHead, tableRow, tableWidth } from './table-markdown';

export interface TablePartition {
  /** What stands above the rows of every part; empty when rows are told as `column: value` lines. */
  readonly head: string;
  readonly parts: readonly (readonly ChunkUnit[])[];
}

/** Cuts a table between rows; every part begins with the header. A row that alone is too long is cut inside its cells. */
export function* packTable(table: TableBlock, target: number, tokensOf: (text: string) => number): Steps<TablePartition> {
  const width = tableWidth(table);
  const head = tableHead(table, width);
  const left = target - tokensOf(head);
  const unit = (text: string): ChunkUnit => ({ text, joint: '\n', page: table.page });
  // Repeating a header that fills half a chunk would leave no room for what it explains.
  if (left < target / 2) return { head: '', parts: packRows(linesOf(table).map(unit), target, tokensOf) };
  const rows: ChunkUnit[] = [];
  for (const cells of table.rows) {
    let characters = 0;
    for (const row of fittingRows(cells, width, left, tokensOf)) {
      rows.push(unit(row));
      characters += row.length;
    }
    yield characters;
  }
  return { head, parts: rows.length === 0 ? [[]] : packRows(rows, left, tokensOf) };
}

function linesOf(table: TableBlock): string[] {
  const rows = table.rows.length === 0 ? [[]] : table.rows;
  const lines = rows.flatMap((cells) => rowAsLines(table, cells).split('\n'));
  return [...(table.caption === null ? [] : [table.caption]), ...lines];
}

function fittingRows(cells: readonly string[], width: number, left: number, tokensOf: (text: string) => number): string[] {
  const whole = tableRow(cells, width);
  const tokens = tokensOf(whole);
  return tokens <= left ? [whole] : cutRow(cells, Math.ceil(tokens / (left * 0.8))).map((part) => tableRow(part, width));
}

/** A row in `count` rows: each has its share of every cell, so that a value stays under its header. */
function cutRow(cells: readonly string[], count: number): string[][] {
  const pieces = cells.map((text) =>
    evenPieces(text, { start: 0, end: text.length }, count).map(({ start, end }) => text.slice(start, end)),
  );
  const rows = Array.from({ length: count }, (_, row) => pieces.map((cell) => cell[row] ?? ''));
  return rows.filter((row) => row.some((cell) => cell !== ''));
}

function packRows(rows: readonly ChunkUnit[], limit: number, tokensOf: (text: string) => number): ChunkUnit[][] {
  const parts: ChunkUnit[][] = [];
  let [open, used]: [ChunkUnit[], number] = [[], 0];
  for (const row of rows) {
    const tokens = Math.min(limit, tokensOf(row.text));
    if (open.length > 0 && used + tokens > limit) {
      parts.push(open);
      [open, used] = [[], 0];
    }
    open.push(row);
    used += tokens;
  }
  return open.length > 0 ? [...parts, open] : parts;
}
