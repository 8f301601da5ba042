import type { QueryId } from '@aegis/domain/answering/query-id';
import type { EvidenceGap } from '@aegis/domain/answering/answerability';
import type { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { ConfidenceCalibration } from '@aegis/domain/tenants/tenant-settings';
import type { CrossEncoderIdentity } from '../providers/cross-encoder';
import type { RecordedUnderstanding, UnderstandingSwitches } from '../retrieval/question-reader';

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
  /** Missing in records from before there was any reranking. */
  readonly rerank?: boolean;
  /** Missing in records from before questions were understood. */
  readonly understanding?: UnderstandingSwitches;
}

export interface RecordedRetrieval {
  readonly chunksSearched: number;
  readonly chunksRetrieved: number;
  readonly maxSimilarity: number | null;
  readonly confidence: number;
  /** Before the tenant's calibration, who judged, what was missing and the calibration (null: none); missing in records from before they were kept. */
  readonly uncalibratedConfidence?: number;
  readonly judgedBy?: string;
  readonly gaps?: readonly EvidenceGap[];
  readonly calibration?: ConfidenceCalibration | null;
  readonly chunkIds: readonly string[];
  /** Of each chunk; missing in records from before they were kept. */
  readonly scores?: readonly { readonly similarity: number | null; readonly score: number }[];
  /** The moment whose versions were searched, null: the latest of `corpusEpoch`; missing in records from before it was kept. */
  readonly validAt?: string | null;
  /** The query's compressed token vectors in base64; missing where there were none, and where no second look needed them. */
  readonly queryCodes?: string;
  /** How the vectors were compared; missing in records from before it was kept, when all of them were. */
  readonly vectorRoute?: 'exact' | 'index' | null;
  /** The cross-encoder that decided the order, with what it said of each chunk that it read; missing where none did. */
  readonly reranker?: CrossEncoderIdentity & { readonly scores: Readonly<Record<string, number>> };
  /** `RANKING_VERSION` of the search; missing in records from before it was kept. */
  readonly rankingVersion?: string;
  /** Null: the question was searched for as it stands; missing in records from before it was kept. */
  readonly understanding?: RecordedUnderstanding | null;
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
  /** What was searched with, to the bit; empty where no vector could be had. */
  readonly vectors: readonly Float32Array[];
  readonly input: RecordedInput;
  readonly retrieval: RecordedRetrieval;
  readonly generation: RecordedGeneration | null;
  readonly response: RecordedResponse;
  readonly cost: MicroUsd;
  readonly traceId: string | null;
}

/** A record as it is read: the vectors are only for whoever repeats it. */
export type KeptQuery = Omit<QueryRecord, 'vectors'>;
