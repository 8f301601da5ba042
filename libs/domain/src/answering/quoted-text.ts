import { cellsOf } from './sentence';

/** A quote as it is shown: a table row as `column: cell`, text without Markdown marks and line breaks. The span itself stays exact. */
export function quotedText(text: string, columns: readonly string[]): string {
  if (columns.length === 0) return plain(text);
  const cells = cellsOf(text).map((cell, index) => {
    const column = plain(columns[index] ?? '');
    return column === '' || cell === '' ? plain(cell) : `${column}: ${plain(cell)}`;
  });
  return cells.filter((cell) => cell !== '').join(', ');
}

/** `[3]` in a document is no citation of ours: it becomes `(3)`. */
const plain = (text: string): string =>
  text
    .replaceAll(/^[ \t]*(?:[-*•▪◦]\s+|#{1,6}\s+)/gm, '')
    .replaceAll(/\*\*|__|`/g, '')
    .replaceAll(/\[(\d{1,3})\]/g, '($1)')
    .replaceAll(/\s+/g, ' ')
    .trim();
