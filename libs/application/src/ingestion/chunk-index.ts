import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { ChunkDraft } from '@aegis/domain/ingestion/chunk';

export interface StagedChunk extends ChunkDraft {
  readonly publicId: string;
  /** Terms of the indexed text with their counts. */
  readonly terms: ReadonlyMap<string, number>;
  /** All terms of the chunk, repeats included: its length for BM25. */
  readonly lengthTerms: number;
}

export interface UnembeddedChunk {
  readonly chunkId: string;
  readonly content: string;
  readonly section: readonly string[];
}

export interface PublishedVersion {
  readonly epoch: number;
  readonly isLatest: boolean;
  readonly chunkCount: number;
  readonly pageCount: number | null;
}

/** The searchable form of documents, of the tenant of the transaction. Nothing staged is seen by a search until it is published. */
export interface ChunkIndex {
  /** Adds chunks that are not there yet (by ordinal), with their postings, out of sight. At most 64 a call. */
  stage(documentId: DocumentId, chunks: readonly StagedChunk[]): Promise<void>;
  unembedded(documentId: DocumentId, limit: number): Promise<readonly UnembeddedChunk[]>;
  /** Tokens of the chunks that have no vector yet: what embedding them will cost. */
  tokensToEmbed(documentId: DocumentId): Promise<number>;
  addEmbeddings(documentId: DocumentId, vectors: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** The token vectors of chunks; `vectors` came with them and tell which model made both. A chunk without any is ranked without. */
  addTokenCodes(codes: ReadonlyMap<string, Uint8Array>, vectors?: ReadonlyMap<string, Float32Array>): Promise<void>;
  countStaged(documentId: DocumentId): Promise<{ readonly chunks: number; readonly embedded: number }>;
  /**
   * Makes a completely staged version known, atomically for every reader: takes the tenant's write lock and the next corpus epoch, closes
   * the version that was the latest and opens this one, unless a newer version is already the latest.
   * Throws ConcurrentChange when the document is not being processed any more, and when a chunk has no vector.
   */
  publish(documentId: DocumentId): Promise<PublishedVersion>;
  /** Takes the tenant's write lock: publishes and deletions happen one after another. First statement of whoever needs it. */
  lock(): Promise<void>;
  /** Takes a version out of every search and as-of view (but it still shadows older versions). */
  withdraw(documentId: DocumentId): Promise<void>;
  /** Removes rows of one document; returns how many chunks went. The document's row stays as a bare tombstone. */
  erase(documentId: DocumentId): Promise<number>;
  /** Removes what an earlier attempt staged. */
  unstage(documentId: DocumentId): Promise<void>;
}
