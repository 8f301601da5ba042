import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';
import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import type { CrossEncoderIdentity, PairUsage } from '../providers/cross-encoder';
import type { FoundChunk } from './chunk-reader';

export interface RerankRequest {
  readonly query: string;
  /** Sum of the idf of all the query's terms. */
  readonly totalIdf: number;
  /** Of each of them. */
  readonly idf: ReadonlyMap<string, number>;
  /** Weight of the vector side, 0 to 1. */
  readonly alpha: number;
  /** All candidates in the order of the fusion. */
  readonly fused: readonly RankedChunk<FoundChunk>[];
  /** The query's compressed token vectors; null where the model shows none. */
  readonly queryCodes: Uint8Array | null;
  /** The candidates', by chunk id, of those that have any. */
  readonly tokenCodes: ReadonlyMap<string, Uint8Array>;
  /** Of a replay: no cross-encoder is asked, for what it said then is kept. Default: one is. */
  readonly asksNobody?: boolean;
  readonly signal: AbortSignal;
}

export interface Reranked {
  /** The same candidates, best first, with scores that fall. */
  readonly ranked: readonly RankedChunk<FoundChunk>[];
  /** What the comparison of token vectors gave, by chunk id; empty where none were compared. */
  readonly late: ReadonlyMap<string, LateInteraction>;
  /** What a cross-encoder said, by chunk id, and what it bills; missing where none was asked or none answered. */
  readonly encoded?: { readonly scores: ReadonlyMap<string, number>; readonly usage: PairUsage };
  /** `reranker_unavailable` where the order is not the one it should be. */
  readonly degraded: readonly string[];
}

/**
 * Takes a second look at what was found. Implementations drop and add nothing, give the same order for the same request, and never fail a
 * query: what cannot be had leaves the order to what can, and is told in `degraded`. Only a caller that left is an error.
 */
export abstract class Reranker {
  /** The cross-encoder that may be asked, so that a query can pay for it; null without one. */
  get encodes(): CrossEncoderIdentity | null {
    return null;
  }
  /** Ids of the candidates whose token vectors it wants to see. */
  abstract tokenCodesFor(query: string, fused: readonly RankedChunk<FoundChunk>[]): readonly string[];
  abstract rerank(request: RerankRequest): Promise<Reranked>;
  abstract close(): Promise<void>;
}

/** Leaves everything as the fusion ordered it. */
export class NoReranker extends Reranker {
  tokenCodesFor(): readonly string[] {
    return [];
  }

  rerank({ fused }: RerankRequest): Promise<Reranked> {
    return Promise.resolve({ ranked: fused, late: new Map(), degraded: [] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
