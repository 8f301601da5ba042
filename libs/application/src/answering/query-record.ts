import type { QueryId } from '@aegis/domain/answering/query-id';
import type { MicroUsd } from '@aegis/domain/shared/micro-usd';

export type RefusalCode = 'insufficient_evidence' | 'no_documents' | 'unsupported_claims' | 'policy_blocked';

/** What a client asked for, with every default filled in. */
export interface RecordedInput {
  readonly query: string;
  readonly topK: number;
  readonly minConfidence: number;
  readonly asOfDate: string | null;
  readonly knownAt: string | null;
  readonly filters: Readonly<Record<string, unknown>>;
  readonly strategy: string;
  readonly fusion: string;
  readonly alpha: number;
}

export interface RecordedRetrieval {
  readonly chunksSearched: number;
  readonly chunksRetrieved: number;
  readonly maxSimilarity: number | null;
  readonly confidence: number;
  readonly chunkIds: readonly string[];
  readonly documentVersions: readonly { readonly documentId: string; readonly version: number }[];
  readonly latencyMs: number;
}

export interface RecordedGeneration {
  readonly provider: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly latencyMs: number;
}

export interface RecordedResponse {
  readonly outcome: 'answered' | 'refused' | 'cancelled' | 'failed' | 'searched';
  readonly answer: string | null;
  readonly reasonCode: RefusalCode | null;
  readonly degraded: readonly string[];
}

/** A query with all that happened to it: what the audit shows and a replay starts from. */
export interface QueryRecord {
  readonly id: QueryId;
  readonly askedAt: Date;
  readonly kind: 'query' | 'search';
  readonly keyId: string;
  readonly corpusEpoch: number;
  readonly input: RecordedInput;
  readonly retrieval: RecordedRetrieval;
  readonly generation: RecordedGeneration | null;
  readonly response: RecordedResponse;
  readonly cost: MicroUsd;
  readonly traceId: string | null;
}
