import type { QueryId } from '@aegis/domain/answering/query-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { KeptQuery } from './query-record';

/** A query with what it takes to repeat it. */
export interface RepeatableQuery {
  readonly record: KeptQuery;
  /** The model that its vector is of. Retired: its vectors are gone, or may go any moment. */
  readonly model: { readonly name: string; readonly digest: string; readonly isRetired: boolean };
  /** To the bit; empty where none could be had, null in records from before they were kept. */
  readonly vectors: readonly Float32Array[] | null;
}

/** A state of the corpus: `validAt` null means what was the latest in it. */
export interface SearchedState {
  readonly corpusEpoch: number;
  readonly validAt: Date | null;
}

/** What that state held and nobody can find any more. */
export interface DeletedSince {
  /** At most 100, by file name. */
  readonly documents: readonly { readonly documentId: string; readonly filename: string; readonly version: number }[];
  /** Of the chunks asked about. */
  readonly chunkIds: readonly string[];
}

export abstract class ReplayReader {
  abstract find(tenantId: TenantId, queryId: QueryId): Promise<RepeatableQuery | null>;
  abstract deletedSince(tenantId: TenantId, state: SearchedState, chunkIds: readonly string[]): Promise<DeletedSince>;
}
