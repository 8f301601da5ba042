import { median, type TextItem } from './page-text';
import { linesOf, type TextLine } from './text-line';

/** White space between columns, in sizes of the type. */
const GUTTER = 0.9;
/** Every cut leaves fewer items; this only keeps a page of a thousand separate lines from nesting as deep. */
const MAX_DEPTH = 64;
/** Shorter lines are cells of a table, which is read across. */
const PROSE_CHARACTERS = 12;

interface Extent {
  readonly from: number;
  readonly to: number;
}

const acrossExtent = ({ x, width }: TextItem): Extent => ({ from: x, to: x + width });
const downExtent = ({ y, height }: TextItem): Extent => ({ from: y - 0.8 * height, to: y + 0.2 * height });

export interface Region {
  readonly items: readonly TextItem[];
  /** Edges of the column that the region belongs to, not of its own text. */
  readonly left: number;
  readonly right: number;
}

const edgesOf = (items: readonly TextItem[]): { left: number; right: number } => ({
  left: Math.min(...items.map(({ x }) => x)),
  right: Math.max(...items.map(({ x, width }) => x + width)),
});

/** Cuts a page by its white space into regions in reading order: columns left first, else the upper part first. */
export function readingOrder(items: readonly TextItem[]): Region[] {
  return items.length === 0 ? [] : cut({ items, ...edgesOf(items) }, 0);
}

function cut(region: Region, depth: number): Region[] {
  const { items } = region;
  if (items.length < 2 || depth === MAX_DEPTH) return [region];
  const height = median(items.map((item) => item.height));
  const columns = columnCut(items, height);
  if (columns !== null) return columns.flatMap((side) => cut({ items: side, ...edgesOf(side) }, depth + 1));
  const rows = cutAt(items, downExtent, largestGap(items, downExtent, 0.55 * height));
  return rows === null ? [region] : rows.flatMap((part) => cut({ ...region, items: part }, depth + 1));
}

function columnCut(items: readonly TextItem[], height: number): TextItem[][] | null {
  const byWidth = gaps(items, acrossExtent, GUTTER * height).sort((a, b) => b.to - b.from - (a.to - a.from));
  for (const gap of byWidth) {
    const sides = cutAt(items, acrossExtent, gap);
    if (sides !== null && areColumns(sides)) return sides;
  }
  return null;
}

/** Prose stands in one piece on each line and fills its column; a table has short cells, or several on a line. */
function areColumns(sides: readonly (readonly TextItem[])[]): boolean {
  const lines = sides.map(linesOf);
  return lines.every((side) => side.length >= 2 && isProse(side)) && lines.flat().length >= 6;
}

function isProse(lines: readonly TextLine[]): boolean {
  const width = Math.max(...lines.map(({ right }) => right)) - Math.min(...lines.map(({ left }) => left));
  const whole = lines.filter(({ clusters }) => clusters.length === 1);
  const filling = median(lines.map(({ left, right }) => (right - left) / width));
  return whole.length >= 0.7 * lines.length && median(lines.map(({ text }) => text.length)) >= PROSE_CHARACTERS && filling >= 0.5;
}

function largestGap(items: readonly TextItem[], extent: (item: TextItem) => Extent, minimum: number): Extent | null {
  return gaps(items, extent, minimum).reduce<Extent | null>(
    (best, gap) => (best === null || gap.to - gap.from > best.to - best.from ? gap : best),
    null,
  );
}

/** White stripes that no item reaches into. */
function gaps(items: readonly TextItem[], extent: (item: TextItem) => Extent, minimum: number): Extent[] {
  const extents = items.map(extent).sort((a, b) => a.from - b.from);
  const found: Extent[] = [];
  let reach = extents[0]?.to ?? 0;
  for (const { from, to } of extents) {
    if (from - reach > minimum) found.push({ from: reach, to: from });
    reach = Math.max(reach, to);
  }
  return found;
}

function cutAt(items: readonly TextItem[], extent: (item: TextItem) => Extent, gap: Extent | null): TextItem[][] | null {
  if (gap === null) return null;
  return [items.filter((item) => extent(item).from < gap.to), items.filter((item) => extent(item).from >= gap.to)];
}
