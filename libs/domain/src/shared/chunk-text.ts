/** Reads something out of a chunk's text: pure, and a constant of its module, for it is its own name in the memory of the text. */
export type Reading<Value> = (text: ChunkText) => Value;

/**
 * What a chunk says, with what was read out of it. Most of the work of a search is reading the same few texts, so each reading is made once
 * and lives as long as the text: in the memory of one tenant, or in one search.
 */
export class ChunkText {
  private readonly made = new Map<Reading<unknown>, unknown>();

  constructor(
    readonly content: string,
    /** Title and heading path as they were indexed with the content, in one text; empty without. */
    readonly context: string,
    /** Says things, too; empty where it is not known. */
    readonly filename = '',
  ) {}

  read<Value>(reading: Reading<Value>): Value {
    if (!this.made.has(reading)) this.made.set(reading, reading(this));
    return this.made.get(reading) as Value;
  }
}

/** Of a found chunk. */
export const chunkText = (chunk: {
  readonly content: string;
  readonly title: string | null;
  readonly section: readonly string[];
  readonly filename: string;
}): ChunkText =>
  new ChunkText(chunk.content, [...(chunk.title === null ? [] : [chunk.title]), ...chunk.section].join(' > '), chunk.filename);
