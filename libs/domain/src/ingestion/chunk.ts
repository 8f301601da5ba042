export type ChunkKind = 'text' | 'table';

/** A retrievable passage before it has a row: cut at structure, small enough for the embedding model. */
export interface ChunkDraft {
  /** Position in the document, from 0, without gaps. */
  readonly ordinal: number;
  /** What is shown and cited. */
  readonly content: string;
  /** Heading path, outermost first. */
  readonly section: readonly string[];
  /** First page the chunk stands on, 1-based; null where the format has no pages. */
  readonly page: number | null;
  readonly kind: ChunkKind;
  /** Tokens of the whole embedded input: prefix, title, heading path, content and specials. */
  readonly tokenCount: number;
}

/** The text that is embedded and whose terms are indexed: title and heading path, then the content. */
export function indexedText(chunk: Pick<ChunkDraft, 'content' | 'section'>, title: string | null): string {
  const context = [...(title === null ? [] : [title]), ...chunk.section].join(' > ');
  return context === '' ? chunk.content : `${context}\n${chunk.content}`;
}
