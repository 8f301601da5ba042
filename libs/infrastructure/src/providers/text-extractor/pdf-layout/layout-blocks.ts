import type { Block } from '@aegis/domain/shared/block';
import { isCertainMark, orderedMark } from '../list-mark';
import { levelsOf, type NumberedHeading, numberedHeading } from '../numbered-heading';
import { alignedTable } from './aligned-table';
import { HeadingSizes } from './heading-sizes';
import { LineJoiner } from './line-join';
import { median, type PageText } from './page-text';
import { isBelow, type PlacedLine, placedLines } from './placed-line';
import { withoutRunningLines } from './running-lines';

const ENDS_SENTENCE = /(?:[.!?。:;”’)\]>]|다|요)$/u;
const CAPTION = /^[<[(【]?\s*(?:표|Table)\s*\d/iu;
/** A shorter paragraph at the end of a page or column is taken to be complete. */
const LONG_ENOUGH = 60;
const HEADING_LENGTH = 150;

interface OpenText {
  readonly kind: 'paragraph' | 'list';
  text: string;
  readonly page: number;
  last: PlacedLine;
}

type DraftBlock = Block | { readonly kind: 'numbered'; readonly heading: NumberedHeading; readonly page: number };

/** Headings, paragraphs, lists and tables of a document, from the places of its text. */
export function layoutBlocks(pages: readonly PageText[]): Block[] {
  return new BlockBuilder(placedLines(withoutRunningLines(pages))).build();
}

class BlockBuilder {
  private readonly sizes: HeadingSizes;
  private readonly joiner: LineJoiner;
  private readonly pitch: number;
  private readonly drafts: DraftBlock[] = [];
  private open: OpenText | null = null;
  /** The last place of each style of list under the present heading. */
  private readonly places = new Map<string, number>();
  private lastHeading: { line: PlacedLine; level: number } | null = null;

  constructor(private readonly lines: readonly PlacedLine[]) {
    this.sizes = new HeadingSizes(lines);
    this.joiner = new LineJoiner(lines);
    const pairs = lines.slice(1).map((line, index) => ({ line, before: lines[index] }));
    const steps = pairs.flatMap(({ line, before }) =>
      before !== undefined && isBelow(before, line) ? [(line.baseline - before.baseline) / line.height] : [],
    );
    this.pitch = median(steps.filter((step) => step < 2.5));
  }

  build(): Block[] {
    for (let at = 0; at < this.lines.length;) {
      const table = alignedTable(this.lines, at);
      const line = this.lines[at];
      if (line === undefined) break;
      if (table !== null) this.addTable(table.rows, line.page);
      else this.addLine(line);
      at += table?.lineCount ?? 1;
    }
    this.close();
    const ranks = this.drafts.flatMap((draft) => (draft.kind === 'numbered' ? [draft.heading.rank] : []));
    const levelOf = levelsOf(ranks, this.sizes.levels);
    return this.drafts.map((draft) =>
      draft.kind === 'numbered'
        ? { kind: 'heading', level: levelOf(draft.heading.rank), text: draft.heading.text, page: draft.page }
        : draft,
    );
  }

  private addLine(line: PlacedLine): void {
    const level = this.sizes.levelOf(line);
    if (level !== null) {
      this.addHeading(line, level);
      return;
    }
    this.lastHeading = null;
    const before = this.open?.last ?? null;
    const starts = before === null || !this.continues(before, line);
    const mayStart = starts || ENDS_SENTENCE.test(before.text) || isShort(before);
    const heading = mayStart ? numberedHeading(line.text) : null;
    if (heading !== null) this.addNumbered(heading, line);
    else if (this.beginsItem(line.text, starts, mayStart)) this.addItem(line);
    else if (starts) this.begin('paragraph', line.text, line);
    else this.extend(line);
  }

  private addHeading(line: PlacedLine, level: number): void {
    this.close();
    this.places.clear();
    const [before, last] = [this.lastHeading, this.drafts.at(-1)];
    const merges = before?.level === level && isBelow(before.line, line) && line.baseline - before.line.baseline < 1.6 * line.height;
    if (merges && last?.kind === 'heading' && last.text.length + line.text.length < HEADING_LENGTH) {
      this.drafts[this.drafts.length - 1] = { ...last, text: this.joiner.join(last.text, line.text, 0, line.height) };
    } else this.drafts.push({ kind: 'heading', level, text: line.text, page: line.page });
    this.lastHeading = { line, level };
  }

  private addNumbered(heading: NumberedHeading, line: PlacedLine): void {
    this.close();
    this.places.clear();
    this.drafts.push({ kind: 'numbered', heading, page: line.page });
    if (heading.rest !== '') this.begin(isCertainMark(heading.rest) ? 'list' : 'paragraph', heading.rest, line);
  }

  /** `2.` begins an item behind `1.`, and `1.` behind something that has ended; anything else may be the rest of a date. */
  private beginsItem(text: string, starts: boolean, mayStart: boolean): boolean {
    if (isCertainMark(text)) return true;
    const mark = orderedMark(text);
    if (mark === null) return false;
    const begins = starts || mark.place === (this.places.get(mark.style) ?? 0) + 1 || (mark.place === 1 && mayStart);
    if (begins) this.places.set(mark.style, mark.place);
    return begins;
  }

  /** Items that follow each other are one list. */
  private addItem(line: PlacedLine): void {
    if (this.open?.kind !== 'list') this.begin('list', line.text, line);
    else this.open = { ...this.open, text: `${this.open.text}\n${line.text}`, last: line };
  }

  private addTable(rows: readonly (readonly string[])[], page: number): void {
    this.close();
    this.lastHeading = null;
    const above = this.drafts.at(-1);
    const caption =
      above?.kind === 'paragraph' && above.page === page && above.text.length < HEADING_LENGTH && CAPTION.test(above.text)
        ? above.text
        : null;
    if (caption !== null) this.drafts.pop();
    const [header = [], ...body] = rows;
    this.drafts.push({ kind: 'table', caption, header, rows: body, page });
  }

  private begin(kind: OpenText['kind'], text: string, line: PlacedLine): void {
    this.close();
    this.open = { kind, text, page: line.page, last: line };
  }

  private extend(line: PlacedLine): void {
    if (this.open === null) return;
    const slack = this.open.last.columnRight - this.open.last.right;
    this.open = { ...this.open, text: this.joiner.join(this.open.text, line.text, slack, line.height), last: line };
  }

  private close(): void {
    if (this.open !== null) this.drafts.push({ kind: this.open.kind, text: this.open.text, page: this.open.page });
    this.open = null;
  }

  private continues(before: PlacedLine, line: PlacedLine): boolean {
    const isEnded = ENDS_SENTENCE.test(before.text);
    if (!isBelow(before, line)) return (this.open?.text.length ?? 0) > LONG_ENOUGH && !isEnded;
    const step = line.baseline - before.baseline;
    if (step > Math.max(1.25 * this.pitch, 1.5) * line.height || Math.abs(before.height - line.height) > 0.2 * line.height) return false;
    // A sentence that ends far before the edge ends its paragraph.
    return !(isEnded && isShort(before));
  }
}

/** Far from the edge: what stands on it has ended, or the next line does not belong to it. */
const isShort = ({ columnLeft, columnRight, right }: PlacedLine): boolean => columnRight - right > 0.25 * (columnRight - columnLeft);
