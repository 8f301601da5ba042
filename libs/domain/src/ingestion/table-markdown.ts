import type { TableBlock } from '../shared/block';

const cell = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/(?<!\s)\s*\n\s*/g, ' ')
    .trim();

/** One line of a Markdown table, padded to `width` cells. */
export function tableRow(cells: readonly string[], width: number): string {
  return `| ${Array.from({ length: width }, (_, index) => cell(cells[index] ?? '')).join(' | ')} |`;
}

/** Caption, header and rule: what every part of a table begins with. */
export function tableHead({ caption, header }: TableBlock, width: number): string {
  const rule = `|${' --- |'.repeat(width)}`;
  return `${caption === null ? '' : `${caption}\n\n`}${tableRow(header, width)}\n${rule}`;
}

export const tableWidth = ({ header, rows }: TableBlock): number =>
  rows.reduce((width, row) => Math.max(width, row.length), Math.max(1, header.length));

/** A row told without its table, for tables whose header is too long to be repeated: every value with the name of its column. */
export function rowAsLines({ header }: TableBlock, cells: readonly string[]): string {
  const lines = Array.from({ length: Math.max(header.length, cells.length) }, (_, index) => {
    const [name, value] = [cell(header[index] ?? ''), cell(cells[index] ?? '')];
    return name === '' ? value : `${name}: ${value}`;
  });
  return lines.filter((line) => line !== '').join('\n');
}
