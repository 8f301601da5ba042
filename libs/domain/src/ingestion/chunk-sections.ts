import type { Block, HeadingBlock, TableBlock, TextBlock } from '../shared/block';
import { sentenceSpans } from './sentences';

/** The smallest piece that is packed whole: a sentence, a line of a list or of code, a row. */
export interface ChunkUnit {
  readonly text: string;
  /** What stands between it and the unit before it when both are in one chunk. */
  readonly joint: string;
  readonly page: number | null;
}

/** Units that belong together: a paragraph, a list, a block of code. */
export type UnitGroup = readonly ChunkUnit[];

export type SectionPart =
  { readonly kind: 'flow'; readonly groups: readonly UnitGroup[] } | { readonly kind: 'table'; readonly table: TableBlock };

/** What stands under one heading, up to the next. `headings`: from the outermost to its own; empty before the first heading. */
export interface Section {
  readonly headings: readonly HeadingBlock[];
  readonly parts: readonly SectionPart[];
}

/** Sections in reading order, those without text too: their headings must not be lost. */
export function sectionsOf(blocks: readonly Block[]): Section[] {
  const sections: Section[] = [];
  let [headings, body]: [readonly HeadingBlock[], (TextBlock | TableBlock)[]] = [[], []];
  const close = (): void => {
    if (headings.length > 0 || body.length > 0) sections.push({ headings, parts: partsOf(body) });
  };
  for (const block of blocks) {
    if (block.kind !== 'heading') {
      body.push(block);
      continue;
    }
    close();
    headings = [...headings.filter(({ level }) => level < block.level), block];
    body = [];
  }
  close();
  return sections;
}

function partsOf(body: readonly (TextBlock | TableBlock)[]): SectionPart[] {
  const parts: SectionPart[] = [];
  let groups: UnitGroup[] = [];
  for (const block of body) {
    if (block.kind !== 'table') {
      const units = unitsOf(block.text, block.kind, block.page);
      if (units.length > 0) groups.push(units);
      continue;
    }
    if (groups.length > 0) parts.push({ kind: 'flow', groups });
    groups = [];
    parts.push({ kind: 'table', table: block });
  }
  return groups.length > 0 ? [...parts, { kind: 'flow', groups }] : parts;
}

/** Joined again with their joints, the units of a text are the text. */
export function unitsOf(text: string, kind: TextBlock['kind'], page: number | null): ChunkUnit[] {
  const spans = kind === 'code' ? lineSpans(text) : sentenceSpans(text);
  return spans.map(({ start, end }, index) => {
    const before = spans[index - 1];
    return { text: text.slice(start, end), joint: before === undefined ? '\n\n' : text.slice(before.end, start), page };
  });
}

/** Lines with their indentation: in code it means something. */
function lineSpans(text: string): { start: number; end: number }[] {
  return [...text.matchAll(/[^\n]+/g)]
    .filter(([line]) => line.trim() !== '')
    .map((match) => ({ start: match.index, end: match.index + match[0].length }));
}
