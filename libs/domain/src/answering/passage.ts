/** A chunk as it goes into a prompt. */
export interface PromptChunk {
  readonly content: string;
  /** Heading path joined by ` > `. */
  readonly section: string;
  /** Where it stands in its document; unknown: it stands for itself. */
  readonly place?: { readonly documentId: string; readonly ordinal: number; readonly kind: 'text' | 'table' | 'figure' };
}

/** What of a passage is one chunk's: `start` to `end` (UTF-16 code units) is that chunk's content from `from` on. */
export interface PassagePart<Chunk> {
  readonly chunk: Chunk;
  readonly start: number;
  readonly end: number;
  readonly from: number;
}

/** One chunk, or neighbours that read on as they do in their document. */
export interface Passage<Chunk> {
  readonly content: string;
  /** In the order of the document. */
  readonly parts: readonly PassagePart<Chunk>[];
}

/** Fewer code units in common are chance. */
const SHORTEST_OVERLAP = 8;

/**
 * Joins chunks that follow each other in one section of a document; what the second repeats of the first stands once. Passages come in the
 * order of their best chunks. `isCutShort`: of that chunk the end is missing, so nothing can follow it.
 */
export function joinNeighbours<Chunk extends PromptChunk>(
  chunks: readonly Chunk[],
  isCutShort: (chunk: Chunk) => boolean,
): readonly Passage<Chunk>[] {
  const left = new Set(chunks);
  const follow = (a: Chunk, b: Chunk): boolean => isNext(a, b) && !isCutShort(a);
  return chunks.flatMap((chunk) => {
    if (!left.delete(chunk)) return [];
    const run = [chunk];
    for (;;) {
      const [first = chunk, last = chunk] = [run[0], run.at(-1)];
      const before = [...left].find((one) => follow(one, first));
      const after = [...left].find((one) => follow(last, one));
      if (before !== undefined && left.delete(before)) run.unshift(before);
      if (after !== undefined && left.delete(after)) run.push(after);
      if (before === undefined && after === undefined) return [joined(run)];
    }
  });
}

function isNext({ place: a, section }: PromptChunk, other: PromptChunk): boolean {
  const b = other.place;
  if (a === undefined || b === undefined || section !== other.section) return false;
  return a.documentId === b.documentId && a.ordinal + 1 === b.ordinal;
}

function joined<Chunk extends PromptChunk>(run: readonly Chunk[]): Passage<Chunk> {
  const parts: PassagePart<Chunk>[] = [];
  let content = '';
  let before: Chunk | undefined;
  for (const chunk of run) {
    const repeat = before === undefined ? { length: 0, joint: '' } : repeatOf(before, chunk);
    content += repeat.joint;
    parts.push({ chunk, start: content.length, end: content.length + chunk.content.length - repeat.length, from: repeat.length });
    content += chunk.content.slice(repeat.length);
    before = chunk;
  }
  return { content, parts };
}

/** How much of its beginning a chunk repeats, and what goes between: after sentences that both hold the text goes on as it stands. */
function repeatOf(before: PromptChunk, { content, place }: PromptChunk): { readonly length: number; readonly joint: string } {
  if (place?.kind === 'table' && before.place?.kind === 'table') {
    const head = tableHeadOf(content);
    if (head !== '' && before.content.startsWith(head)) return { length: head.length, joint: '\n' };
  }
  for (let length = Math.min(content.length, before.content.length); length >= SHORTEST_OVERLAP; length -= 1) {
    const at = before.content.length - length;
    const isWhole = at === 0 || /\s/u.test(before.content.charAt(at - 1));
    if (isWhole && before.content.endsWith(content.slice(0, length))) return { length, joint: '' };
  }
  return { length: 0, joint: '\n' };
}

/** Caption, header and rule of a table as chunks hold it, with the line's end; empty where there is no rule. */
function tableHeadOf(content: string): string {
  let end = 0;
  for (const line of content.split('\n')) {
    end += line.length + 1;
    if (/^\|(?: --- \|)+$/u.test(line)) return end <= content.length ? content.slice(0, end) : '';
  }
  return '';
}

/** What of a span of the passage lies in a part, as a span of its chunk's content; null where nothing does. */
export function spanIn<Chunk>(
  { start, end, from }: PassagePart<Chunk>,
  span: { readonly start: number; readonly end: number },
): { readonly start: number; readonly end: number } | null {
  const [first, last] = [Math.max(start, span.start), Math.min(end, span.end)];
  return first >= last ? null : { start: first - start + from, end: last - start + from };
}
