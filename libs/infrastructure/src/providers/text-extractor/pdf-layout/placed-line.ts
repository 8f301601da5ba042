import type { PageText } from './page-text';
import { readingOrder } from './reading-order';
import { linesOf, type TextLine } from './text-line';

/** A line in the reading order of its document. */
export interface PlacedLine extends TextLine {
  readonly page: number;
  readonly columnLeft: number;
  readonly columnRight: number;
}

export function placedLines(pages: readonly PageText[]): PlacedLine[] {
  return pages.flatMap(({ number, items }) =>
    readingOrder(items).flatMap(({ items: own, left, right }) =>
      linesOf(own).map((line) => ({ ...line, page: number, columnLeft: left, columnRight: right })),
    ),
  );
}

/** Below each other in one column of one page. */
export const isBelow = (before: PlacedLine, line: PlacedLine): boolean =>
  before.page === line.page && line.baseline > before.baseline && line.left < before.columnRight && line.right > before.columnLeft;
