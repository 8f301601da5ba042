import type { TextItem } from './page-text';

/** Items that stand close together on a line: a line of a table has one for each cell. */
export interface Cluster {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

export interface TextLine {
  readonly text: string;
  readonly clusters: readonly Cluster[];
  readonly left: number;
  readonly right: number;
  readonly baseline: number;
  /** Size of the type that most of its characters have. */
  readonly height: number;
  readonly items: readonly TextItem[];
}

/** A gap of this share of the type's size is a space, though the file has none. */
const SPACE = 0.15;
const OVERPRINT_POINTS = 1;

/** Lines of one column, from top to bottom. */
export function linesOf(items: readonly TextItem[]): TextLine[] {
  const lines: TextItem[][] = [];
  for (const item of items.toSorted((a, b) => a.y - b.y || a.x - b.x)) {
    const line = lines.at(-1);
    const first = line?.[0];
    if (line !== undefined && first !== undefined && item.y - first.y <= Math.max(2, 0.35 * Math.max(item.height, first.height)))
      line.push(item);
    else lines.push([item]);
  }
  return withRaised(lines).map(lineOf);
}

/** Small raised or lowered marks belong to the line beside which they stand. */
function withRaised(lines: readonly (readonly TextItem[])[]): (readonly TextItem[])[] {
  const merged: (readonly TextItem[])[] = [];
  for (const line of lines) {
    const before = merged.at(-1);
    if (before !== undefined && (isRaised(before, line) || isRaised(line, before))) merged[merged.length - 1] = [...before, ...line];
    else merged.push(line);
  }
  return merged;
}

function isRaised(marks: readonly TextItem[], line: readonly TextItem[]): boolean {
  const [mark, height] = [Math.max(...marks.map((item) => item.height)), Math.max(...line.map((item) => item.height))];
  const distance = Math.abs((marks[0]?.y ?? 0) - (line[0]?.y ?? 0));
  return mark < 0.8 * height && distance < 0.6 * height && marks.every(({ text }) => text.length <= 8);
}

function lineOf(unsorted: readonly TextItem[]): TextLine {
  const items = withoutOverprint(unsorted.toSorted((a, b) => a.x - b.x));
  const clusters: Cluster[] = [];
  let before: TextItem | undefined;
  for (const item of items) {
    const gap = before === undefined ? Infinity : item.x - (before.x + before.width);
    const open = clusters.at(-1);
    if (open === undefined || gap > Math.max(6, 0.9 * item.height)) {
      clusters.push({ text: item.text.trim(), left: item.x, right: item.x + item.width });
    } else {
      const spaced = gap > SPACE * item.height || before?.text.endsWith(' ') === true || item.text.startsWith(' ');
      clusters[clusters.length - 1] = {
        ...open,
        text: `${open.text}${spaced ? ' ' : ''}${item.text.trim()}`,
        right: Math.max(open.right, item.x + item.width),
      };
    }
    before = item;
  }
  return {
    text: clusters.map(({ text }) => text).join(' '),
    clusters,
    left: Math.min(...clusters.map(({ left }) => left)),
    right: Math.max(...clusters.map(({ right }) => right)),
    baseline: Math.max(...items.map(({ y }) => y)),
    height: dominantHeight(items),
    items,
  };
}

/** Some programs print bold type by printing it twice. */
function withoutOverprint(items: readonly TextItem[]): TextItem[] {
  return items.filter((item, index) => {
    const twin = items
      .slice(Math.max(0, index - 4), index)
      .find(({ text, x, y }) => text === item.text && Math.abs(x - item.x) < OVERPRINT_POINTS && Math.abs(y - item.y) < OVERPRINT_POINTS);
    return twin === undefined;
  });
}

function dominantHeight(items: readonly TextItem[]): number {
  const characters = new Map<number, number>();
  for (const { height, text } of items) characters.set(height, (characters.get(height) ?? 0) + text.length);
  const [most] = [...characters].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? 0;
}
