import type { ChunkText } from '@aegis/domain/shared/chunk-text';
import type { SearchFilter } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** A moment of valid time and of knowledge; both null: the present. */
export interface AsOf {
  readonly validAt: Date | null;
  readonly knownAt: Date | null;
  /** Of a replay: the state itself that a query searched, in the place of `knownAt`. Without `validAt` it is what was the present then. */
  readonly atEpoch?: number;
}

export interface ChunkQuery {
  readonly tenantId: TenantId;
  /** Unit vector of the query; null when it cannot be had: BM25 answers alone. */
  readonly vector: Float32Array | null;
  /** Distinct BM25 terms of the query. */
  readonly terms: readonly string[];
  /** Of the terms whose idf counts less than whole, above 0 and below 1. */
  readonly termWeights?: ReadonlyMap<string, number>;
  readonly filter: SearchFilter;
  readonly asOf: AsOf;
  /** Of what is found, the ids of the chunks whose compressed token vectors are read too, in the same state. */
  readonly tokenCodesFor?: (found: readonly FoundChunk[]) => readonly string[];
  /** Candidates of each leg. */
  readonly depth: number;
  /** Only the candidates of the vector leg, with what the words say of them: a ranking by vectors takes no others. Default: those of both. */
  readonly nearestOnly?: boolean;
  /** Compare every vector, whatever the tenant's size: what is repeated later must not depend on an index, which every upload changes. */
  readonly exact: boolean;
}

/** A chunk that one of the legs found, with the scores of both. */
export interface FoundChunk {
  readonly chunkId: string;
  readonly documentId: string;
  readonly filename: string;
  readonly version: number;
  /** The document's title, indexed with each of its chunks. */
  readonly title: string | null;
  readonly ordinal: number;
  readonly page: number | null;
  readonly section: readonly string[];
  readonly kind: 'text' | 'table' | 'figure';
  readonly content: string;
  /** The same with what stands around it, to be read. */
  readonly text: ChunkText;
  /** Cosine similarity, -1 to 1; null without a query vector. */
  readonly similarity: number | null;
  /** 0 when no term matches. */
  readonly bm25: number;
  /** Sum of the idf of the query's terms that the chunk contains. */
  readonly coveredIdf: number;
  /** 1-based rank in the leg; null when the leg did not bring it. */
  readonly vectorRank: number | null;
  readonly bm25Rank: number | null;
}

export interface FoundChunks {
  readonly chunks: readonly FoundChunk[];
  /** By chunk id, of those that have any; empty unless asked for. */
  readonly tokenCodes: ReadonlyMap<string, Uint8Array>;
  /** Chunks that could have been found: visible at that moment and let through by the filter. */
  readonly chunksSearched: number;
  /** Sum of the idf of all the query's terms, of those in no chunk too. */
  readonly totalIdf: number;
  /** Of each of them, by how much it counts. */
  readonly idf: ReadonlyMap<string, number>;
  /** The state of the corpus that was searched; with `validAt` it repeats the search exactly. */
  readonly corpusEpoch: number;
  /** The moment whose versions were searched; null: those that were the latest in that state. */
  readonly validAt: Date | null;
  /** How the vectors were compared: all of them, or through the index of a large tenant. Null without a query vector. */
  readonly vectorRoute: VectorRoute | null;
}

export type VectorRoute = 'exact' | 'index';

/** Both legs in one tenant-bound transaction, so that they see the same version of every document. */
export abstract class ChunkReader {
  abstract search(request: ChunkQuery): Promise<FoundChunks>;
}
