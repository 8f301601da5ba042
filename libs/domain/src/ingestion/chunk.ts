import { passageTerms, type TermCounts } from '../shared/bm25-terms';

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

/** More of a title adds nothing to what a chunk is about and takes room from its content. */
const TITLE_CHARACTERS = 120;

/** The title as it stands in indexed text: cut at a word where it is long. */
export function indexedTitle(title: string | null): string | null {
  if (title === null || title.length <= TITLE_CHARACTERS) return title;
  const cut = title.slice(0, TITLE_CHARACTERS).replace(/[\ud800-\udbff]$/, '');
  return cut.replace(/\s+\S{0,20}$/, '');
}

type Placed = Pick<ChunkDraft, 'content' | 'section'>;

/** What stands above a chunk: the title and the heading path; empty where it has neither. */
function contextOf({ section }: Placed, title: string | null): string {
  const shownTitle = indexedTitle(title);
  return [...(shownTitle === null ? [] : [shownTitle]), ...section].join(' > ');
}

/** The text that is embedded: title and heading path, then the content. */
export function indexedText(chunk: Placed, title: string | null): string {
  const context = contextOf(chunk, title);
  return context === '' ? chunk.content : `${context}\n${chunk.content}`;
}

/** The terms of the same text, as BM25 counts them. */
export const indexedTerms = (chunk: Placed, title: string | null): TermCounts => passageTerms(contextOf(chunk, title), chunk.content);
