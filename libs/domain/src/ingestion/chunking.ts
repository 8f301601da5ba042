import type { Block, HeadingBlock } from '../shared/block';
import type { ChunkDraft } from './chunk';
import type { ChunkLimits } from './chunk-limits';
import { type ChunkUnit, type Section, type SectionPart, sectionsOf, unitsOf } from './chunk-sections';
import { headingPath } from './heading-path';
import { cutUnit, packFlow } from './pack-flow';
import { packTable } from './pack-table';
import { resultOf, type Steps } from './steps';
import { tableHead, tableRow, tableWidth } from './table-markdown';

/** Cutting takes two steps, because tokens are counted elsewhere: what is to be counted, then the chunks. */
export interface ChunkPlan {
  readonly sections: readonly Section[];
  /** Distinct texts whose tokens the packing asks for. */
  readonly texts: readonly string[];
}

/** A chunk whose tokens are not yet certain: it can still be cut. */
export interface PackedChunk extends Pick<ChunkDraft, 'section' | 'page' | 'kind'> {
  /** What stands above the units of a table part; else empty. */
  readonly head: string;
  readonly units: readonly ChunkUnit[];
}

export const planChunks = (blocks: readonly Block[]): ChunkPlan => resultOf(planningChunks(blocks));

export function* planningChunks(blocks: readonly Block[]): Steps<ChunkPlan> {
  const sections = yield* sectionsOf(blocks);
  const texts = new Set<string>();
  for (const { headings, parts } of sections) {
    for (const { text } of headings) texts.add(text);
    for (const part of parts) {
      for (const text of textsOf(part)) {
        texts.add(text);
        yield text.length;
      }
    }
  }
  return { sections, texts: [...texts] };
}

function* textsOf(part: SectionPart): Generator<string, void> {
  if (part.kind === 'flow') {
    for (const units of part.groups) for (const { text } of units) yield text;
    return;
  }
  const width = tableWidth(part.table);
  yield tableHead(part.table, width);
  for (const cells of part.table.rows) yield tableRow(cells, width);
}

/**
 * Cuts the sections into chunks. A heading closes a chunk; a table is a chunk of its own, or several with the header in each. No text is
 * lost: what the heading path cannot show stands in the content. `roomTokens`: what title, prefix and specials leave for path and content.
 */
export const packChunks = (...given: Parameters<typeof packingChunks>): PackedChunk[] => resultOf(packingChunks(...given));

export function* packingChunks(
  plan: ChunkPlan,
  tokensOf: (text: string) => number,
  limits: ChunkLimits,
  roomTokens: number,
): Steps<PackedChunk[]> {
  const chunks: PackedChunk[] = [];
  const shown = new Set<HeadingBlock>();
  let waiting: HeadingBlock[] = [];
  for (const { headings, parts } of plan.sections) {
    waiting.push(...headings.slice(-1));
    if (parts.length === 0) continue;
    const path = headingPath(headings, Math.min(limits.headingPathTokens, Math.floor(roomTokens / 4)), tokensOf);
    for (const heading of path.shown) shown.add(heading);
    const hard = roomTokens - path.section.reduce((tokens, text) => tokens + tokensOf(text) + 1, 1);
    const loose = waiting.filter((heading) => !shown.has(heading));
    waiting = [];
    for (const part of withLooseHeadings(parts, loose)) {
      for (const chunk of yield* packPart(part, path.section, hard, tokensOf, limits)) chunks.push(chunk);
    }
  }
  // A document of headings only, or with bare headings at its end.
  const rest = waiting.filter((heading) => !shown.has(heading));
  const bare = { kind: 'flow', groups: rest.map(asGroup) } as const;
  if (rest.length > 0) for (const chunk of yield* packPart(bare, [], roomTokens - 1, tokensOf, limits)) chunks.push(chunk);
  return yield* withoutRepeats(chunks);
}

const asGroup = ({ text, page }: HeadingBlock): ChunkUnit[] => [...unitsOf(text, 'paragraph', page)];

function withLooseHeadings(parts: readonly SectionPart[], loose: readonly HeadingBlock[]): readonly SectionPart[] {
  if (loose.length === 0) return parts;
  const [first, ...others] = parts;
  const groups = loose.map(asGroup);
  if (first?.kind === 'flow') return [{ kind: 'flow', groups: [...groups, ...first.groups] }, ...others];
  return [{ kind: 'flow', groups }, ...parts];
}

function* packPart(
  part: SectionPart,
  section: readonly string[],
  hard: number,
  tokensOf: (text: string) => number,
  limits: ChunkLimits,
): Steps<PackedChunk[]> {
  const target = Math.max(1, Math.min(limits.targetTokens, hard));
  if (part.kind === 'flow') {
    const budget = { target, hard, overlap: limits.overlapTokens, min: limits.minTokens };
    return (yield* packFlow(part.groups, budget, tokensOf)).map((units) => ({
      kind: 'text',
      section,
      page: units[0]?.page ?? null,
      head: '',
      units,
    }));
  }
  const { head, parts } = yield* packTable(part.table, target, tokensOf);
  return parts.map((units) => ({ kind: 'table', section, page: part.table.page, head, units }));
}

export function contentOf({ head, units }: PackedChunk): string {
  const body = units.map(({ text, joint }, index) => (index === 0 ? text : joint + text)).join('');
  return head === '' || body === '' ? head + body : `${head}\n${body}`;
}

/** Two or more chunks of one that turned out too long; throws when there is nothing left to cut. */
export function splitChunk(chunk: PackedChunk): PackedChunk[] {
  const [only, ...others] = chunk.units;
  if (only === undefined) throw new Error('a chunk without units cannot be cut');
  const half = Math.ceil(chunk.units.length / 2);
  const halves = others.length > 0 ? [chunk.units.slice(0, half), chunk.units.slice(half)] : cutUnit(only, 2).map((unit) => [unit]);
  if (halves.length < 2) throw new Error('a chunk of one character does not fit the embedding model');
  return halves.map((units) => ({ ...chunk, units, page: units[0]?.page ?? chunk.page }));
}

/** The same words under the same headings say nothing new. */
function* withoutRepeats(chunks: readonly PackedChunk[]): Steps<PackedChunk[]> {
  const distinct = new Map<string, PackedChunk>();
  for (const chunk of chunks) {
    const key = JSON.stringify([chunk.section, contentOf(chunk)]);
    if (!distinct.has(key)) distinct.set(key, chunk);
    yield key.length;
  }
  return [...distinct.values()];
}
