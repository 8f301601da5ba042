import type { FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { DecodedTerms } from './decoded-terms';
import { TenantMemory } from './tenant-memory';

/** What a chunk says and where it stands, whoever asks. */
export type Passage = Omit<FoundChunk, 'similarity' | 'bm25' | 'coveredIdf' | 'vectorRank' | 'bm25Rank'>;

/** What one process keeps of what its searches have read. */
export interface SearchMemories {
  readonly terms: DecodedTerms;
  /** By the chunk's id in the database. */
  readonly passages: TenantMemory<Passage>;
  /** Compressed token vectors by version of the model and id of the chunk: reading 11 KB again costs more than comparing them. */
  readonly tokenCodes: TenantMemory<Uint8Array>;
}

/** The most bytes that each takes; 0: nothing is kept. */
export interface SearchMemorySizes {
  readonly termBytes: number;
  readonly passageBytes: number;
  readonly tokenCodeBytes: number;
}

/** Of a character of a text: itself, and all that may be read out of it (`ChunkText`). Measured: 10.7 in Korean, 6.7 to 7.7 in English. */
const READ_BYTES = 10;

export const searchMemories = ({ termBytes, passageBytes, tokenCodeBytes }: SearchMemorySizes): SearchMemories => ({
  terms: new DecodedTerms({ maxBytes: termBytes }),
  passages: new TenantMemory({ maxBytes: passageBytes, bytesOf: ({ content }) => READ_BYTES * content.length }),
  tokenCodes: new TenantMemory({ maxBytes: tokenCodeBytes, bytesOf: (codes) => codes.byteLength }),
});

/** Every search reads all that it needs. */
export const withoutMemories = (): SearchMemories => searchMemories({ termBytes: 0, passageBytes: 0, tokenCodeBytes: 0 });
