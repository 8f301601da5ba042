import type { TenantId } from '@aegis/domain/tenants/tenant-id';

export interface ChunkToEmbed {
  readonly chunkId: string;
  readonly content: string;
  readonly section: readonly string[];
  /** Of its document. */
  readonly title: string | null;
}

/** What the new model made of chunks, by their ids. */
export interface MadeVectors {
  readonly vectors: ReadonlyMap<string, Float32Array>;
  readonly tokenCodes: ReadonlyMap<string, Uint8Array>;
}

export interface TenantRecall {
  readonly tenantId: TenantId;
  readonly chunks: number;
  /** Of the ten nearest that comparing every vector brings, those that the index brings: the mean over the queries, 0 to 1. */
  readonly recall: number;
}

/** The deployment's vectors of one model that is to serve next. Nothing that it does is seen by a query before `serve`. */
export abstract class ReindexStore {
  /** Living tenants. */
  abstract tenants(): Promise<readonly TenantId[]>;
  /** A model that was retired is prepared again: its vectors are not removed any more. */
  abstract begin(): Promise<void>;
  /** Chunks of the tenant without a vector of the model, in the order of their ids, those after `after` only. */
  abstract missing(tenantId: TenantId, after: string, limit: number): Promise<readonly ChunkToEmbed[]>;
  /** Of chunks that are still there. */
  abstract add(tenantId: TenantId, made: MadeVectors): Promise<void>;
  /** While others read and write; quick when it is there already. */
  abstract buildIndex(): Promise<void>;
  /** Of the tenants that are searched through the index, the largest first. */
  abstract recall(): Promise<readonly TenantRecall[]>;
  /**
   * From now on nothing of the tenant is published without the model's vectors. Answers how many published chunks have none: then nothing
   * was changed, as it was not when the tenant is there already.
   */
  abstract move(tenantId: TenantId): Promise<number>;
  /** Every query that starts from now on is served by the model; the one before is retired. */
  abstract serve(): Promise<void>;
}
