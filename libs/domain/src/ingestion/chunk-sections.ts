import type { Block, HeadingBlock, TableBlock, TextBlock } from '../shared/block';
import { eachSentenceSpan, type TextSpan } from './sentences';
import type { Steps } from './steps';

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
export function* sectionsOf(blocks: readonly Block[]): Steps<Section[]> {
  const sections: Section[] = [];
  let [headings, body]: [readonly HeadingBlock[], (TextBlock | TableBlock)[]] = [[], []];
  const close = function* (): Steps<void> {
    if (headings.length > 0 || body.length > 0) sections.push({ headings, parts: yield* partsOf(body) });
  };
  for (const block of blocks) {
    if (block.kind !== 'heading') {
      body.push(block);
      continue;
    }
    yield* close();
    headings = [...headings.filter(({ level }) => level < block.level), block];
    body = [];
  }
  yield* close();
  return sections;
}

function* partsOf(body: readonly (TextBlock | TableBlock)[]): Steps<SectionPart[]> {
  const parts: SectionPart[] = [];
  let groups: UnitGroup[] = [];
  for (const block of body) {
    if (block.kind !== 'table') {
      const units: ChunkUnit[] = [];
      for (const unit of unitsOf(block.text, block.kind, block.page)) {
        units.push(unit);
        yield unit.text.length;
      }
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
export function* unitsOf(text: string, kind: TextBlock['kind'], page: number | null): Generator<ChunkUnit, void> {
  let before: TextSpan | undefined;
  for (const span of kind === 'code' ? eachLineSpan(text) : eachSentenceSpan(text)) {
    const joint = before === undefined ? '\n\n' : text.slice(before.end, span.start);
    yield { text: text.slice(span.start, span.end), joint, page };
    before = span;
  }
}

/** Lines with their indentation: in code it means something. */
function* eachLineSpan(text: string): Generator<TextSpan, void> {
  for (const { index, 0: line } of text.matchAll(/[^\n]+/g)) if (line.trim() !== '') yield { start: index, end: index + line.length };
}
