import type { TableBlock } from '@aegis/domain/shared/block';
import type { Cheerio, CheerioAPI } from 'cheerio';
import type { Element } from 'domhandler';

const MAX_COLUMNS = 200;
const MAX_CELLS = 200_000;

interface Cell {
  readonly text: string;
  readonly isHeader: boolean;
}

/** The rows of a table that holds no other; a cell over several rows or columns stands in each of them. Null: it only arranges the page. */
export function tableBlock($: CheerioAPI, table: Cheerio<Element>, textOf: (cell: Cheerio<Element>) => string): TableBlock | null {
  if (table.find('table').length > 0 || /^(?:presentation|none)$/.test(table.attr('role') ?? '')) return null;
  const rows = expandedRows($, table, textOf);
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (rows.length === 0 || width < 2) return null;
  const caption = textOf(table.children('caption').first());
  const headerRows = countHeaderRows($, table, rows);
  const header = Array.from({ length: headerRows === 0 ? 0 : width }, (_, column) => {
    const names = rows.slice(0, headerRows).map((row) => row[column]?.text ?? '');
    return [...new Set(names)].filter((name) => name !== '').join(' / ');
  });
  const body = rows.slice(headerRows).map((row) => row.map(({ text }) => text));
  return { kind: 'table', caption: caption === '' ? null : caption, header, rows: body, page: null };
}

function expandedRows($: CheerioAPI, table: Cheerio<Element>, textOf: (cell: Cheerio<Element>) => string): Cell[][] {
  const grid: (Cell | undefined)[][] = [];
  let filled = 0;
  const elements = table.find('tr').toArray();
  elements.forEach((row, index) => {
    for (const element of $(row).children('th, td').toArray()) {
      const cell = $(element);
      const content = { text: textOf(cell), isHeader: element.tagName === 'th' };
      const line = (grid[index] ??= []);
      let column = 0;
      while (line[column] !== undefined) column += 1;
      const rowSpan = Math.min(span(cell.attr('rowspan')), elements.length - index);
      for (let down = 0; down < rowSpan; down += 1) {
        for (let across = 0; across < span(cell.attr('colspan')) && column + across < MAX_COLUMNS && filled < MAX_CELLS; across += 1) {
          (grid[index + down] ??= [])[column + across] = content;
          filled += 1;
        }
      }
    }
  });
  const empty = { text: '', isHeader: false };
  return Array.from(grid, (row) => Array.from(row, (cell) => cell ?? empty)).filter((row) => row.some(({ text }) => text !== ''));
}

const span = (attribute: string | undefined): number => Math.min(1_000, Math.max(1, Number.parseInt(attribute ?? '1', 10) || 1));

/** The rows of `thead`, else leading rows of `th`; a table without any has its first row, unless its rows begin with their own header. */
function countHeaderRows($: CheerioAPI, table: Cheerio<Element>, rows: readonly (readonly Cell[])[]): number {
  const inHead = table
    .children('thead')
    .children('tr')
    .filter((_, row) => $(row).text().trim() !== '').length;
  if (inHead > 0) return Math.min(inHead, rows.length);
  const isBody = rows.findIndex((row) => !row.every(({ isHeader, text }) => isHeader || text === ''));
  if (isBody !== 0) return isBody < 0 ? 1 : isBody;
  return rows.some((row) => row[0]?.isHeader === true) ? 0 : 1;
}
