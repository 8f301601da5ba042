import type { QueryId } from '@aegis/domain/answering/query-id';
import { DEFAULT_MIN_CONFIDENCE, DEFAULT_TOP_K, type TenantSettings } from '@aegis/domain/tenants/tenant-settings';
import { RANKING_VERSION } from '../retrieval/evidence-reader';
import type { JudgedEvidence } from './judged-evidence';
import type { QueryInput } from './query-answer';
import type { RecordedUnderstanding } from '../retrieval/question-reader';
import type { RecordedInput, RecordedRetrieval } from './query-record';

/** A query with its defaults filled in, and the moments that belong to it. */
export interface StartedQuery {
  readonly id: QueryId;
  readonly askedAt: Date;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly input: QueryInput;
  readonly topK: number;
  readonly minConfidence: number;
  readonly settings: TenantSettings;
}

export const startQuery = (id: QueryId, askedAt: Date, input: QueryInput, settings: TenantSettings): StartedQuery => ({
  id,
  askedAt,
  startedAt: performance.now(),
  input,
  topK: input.topK ?? settings.topK ?? DEFAULT_TOP_K,
  minConfidence: input.minConfidence ?? settings.minConfidence ?? DEFAULT_MIN_CONFIDENCE,
  settings,
});

export const latencyOf = (query: StartedQuery): number => Math.round(performance.now() - query.startedAt);

export function recordedInput({ input, topK, minConfidence }: StartedQuery): RecordedInput {
  const { validAt, knownAt } = input.asOf;
  return {
    query: input.query,
    topK,
    minConfidence,
    asOfDate: validAt?.toISOString() ?? null,
    knownAt: knownAt?.toISOString() ?? null,
    filters: Object.fromEntries(
      Object.entries(input.filter).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
    ),
    strategy: input.strategy,
    fusion: input.fusion,
    alpha: input.alpha,
    rerank: input.rerank ?? false,
    understanding: input.understanding,
  };
}

export const recordedRetrieval = (retrieval: JudgedEvidence, understanding: RecordedUnderstanding | null): RecordedRetrieval => ({
  chunksSearched: retrieval.chunksSearched,
  chunksRetrieved: retrieval.chunks.length,
  maxSimilarity: retrieval.maxSimilarity,
  confidence: retrieval.confidence,
  uncalibratedConfidence: retrieval.uncalibratedConfidence,
  judgedBy: retrieval.judgedBy,
  gaps: retrieval.gaps,
  calibration: retrieval.calibration,
  chunkIds: retrieval.chunks.map(({ chunkId }) => chunkId),
  scores: retrieval.chunks.map(({ similarity, score }) => ({ similarity, score })),
  validAt: retrieval.validAt?.toISOString() ?? null,
  vectorRoute: retrieval.vectorRoute,
  rankingVersion: RANKING_VERSION,
  ...(retrieval.encoded !== null && { reranker: { ...retrieval.encoded.by, scores: Object.fromEntries(retrieval.encoded.scores) } }),
  ...(retrieval.queryCodes !== null && { queryCodes: Buffer.from(retrieval.queryCodes).toString('base64') }),
  understanding,
  documentVersions: [...new Map(retrieval.chunks.map(({ documentId, version }) => [documentId, { documentId, version }])).values()],
  latencyMs: retrieval.latencyMs,
});
