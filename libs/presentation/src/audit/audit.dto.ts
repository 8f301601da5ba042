import type { AuditedQuery } from '@aegis/application/answering/query-reader';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { ApiProperty } from '@nestjs/swagger';
import { UnderstandingBody } from '../shared/understanding.dto';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

export class AuditActorBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly key_id!: string;

  @ApiProperty({ type: String, example: 'reporting' })
  readonly name!: string;
}

/** What was asked, with every default filled in. */
export class AuditInputBody {
  @ApiProperty({ type: String, example: '매출은?' })
  readonly query!: string;

  @ApiProperty({ type: 'integer', example: 5 })
  readonly top_k!: number;

  @ApiProperty({ type: Number, example: 0.7 })
  readonly min_confidence!: number;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly as_of_date!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly known_at!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, example: {} })
  readonly filters!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: String, example: 'hybrid' })
  readonly strategy!: string;

  @ApiProperty({ type: String, example: 'score' })
  readonly fusion!: string;

  @ApiProperty({ type: Number, example: 0.5 })
  readonly alpha!: number;

  /** Whether a second look could change the order. */
  @ApiProperty({ type: Boolean, example: true })
  readonly rerank!: boolean;

  /** What was allowed to be done with the question; null in records from before that could be chosen. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'boolean' },
    nullable: true,
    example: { history: true, dates: true, spelling: true, multi_query: false, hyde: false },
  })
  readonly understanding!: Readonly<Record<string, boolean>> | null;
}

export class AuditedVersionBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly document_id!: string;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly version!: number;
}

/** The cross-encoder that decided the order. */
export class AuditRerankerBody {
  @ApiProperty({ type: String, example: 'jina' })
  readonly provider!: string;

  @ApiProperty({ type: String, example: 'jina-reranker-v2-base-multilingual' })
  readonly model!: string;

  /** Of its weights; null where they are at a provider. */
  @ApiProperty({ type: String, nullable: true, example: null })
  readonly digest!: string | null;
}

export class AuditRetrievalBody {
  @ApiProperty({ type: 'integer', example: 1247 })
  readonly chunks_searched!: number;

  @ApiProperty({ type: 'integer', example: 5 })
  readonly chunks_retrieved!: number;

  @ApiProperty({ type: Number, nullable: true, example: 0.91 })
  readonly max_similarity!: number | null;

  @ApiProperty({ type: Number, example: 0.89 })
  readonly confidence!: number;

  /** Before the tenant's own calibration; null in records from before it was kept. */
  @ApiProperty({ type: Number, nullable: true, example: 0.86 })
  readonly uncalibrated_confidence!: number | null;

  /** Embedding model and version of the confidence; null in records from before it was kept. */
  @ApiProperty({ type: String, nullable: true, example: 'multilingual-e5-small-ko-en-int8/2026-11-21.2' })
  readonly judged_by!: string | null;

  /** What the question named or asked for and no evidence held. */
  @ApiProperty({ enum: ['year', 'number', 'name', 'answer'], isArray: true, example: [] })
  readonly gaps!: readonly string[];

  @ApiProperty({ type: [String], example: [ID] })
  readonly chunk_ids!: readonly string[];

  @ApiProperty({ type: () => [AuditedVersionBody] })
  readonly document_versions!: readonly AuditedVersionBody[];

  /** How the question was understood; null: as it stands. */
  @ApiProperty({ type: () => UnderstandingBody, nullable: true })
  readonly understanding!: UnderstandingBody | null;

  /** Null where none was asked, or none answered: then `response.degraded` says so. 순서를 정한 재순위 모델 */
  @ApiProperty({ type: () => AuditRerankerBody, nullable: true })
  readonly reranker!: AuditRerankerBody | null;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly latency_ms!: number;
}

export class AuditGenerationBody {
  @ApiProperty({ type: String, example: 'ollama' })
  readonly provider!: string;

  @ApiProperty({ type: String, example: 'llama3.1:8b' })
  readonly model!: string;

  @ApiProperty({ type: String, example: '2026-01-01.1' })
  readonly prompt_version!: string;

  @ApiProperty({ type: 'integer', example: 1234 })
  readonly prompt_tokens!: number;

  @ApiProperty({ type: 'integer', example: 87 })
  readonly completion_tokens!: number;

  @ApiProperty({ type: 'integer', example: 1758 })
  readonly latency_ms!: number;
}

export class AuditResponseBody {
  @ApiProperty({ type: Boolean, example: false })
  readonly refused!: boolean;

  /** How it ended: `answered`, `refused`, `cancelled` by its client, `failed`, or `searched` without an answer. */
  @ApiProperty({ enum: ['answered', 'refused', 'cancelled', 'failed', 'searched'], example: 'answered' })
  readonly outcome!: string;

  @ApiProperty({ type: String, nullable: true, example: '2023년 3분기 매출은 42억원입니다. [1]' })
  readonly answer!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly reason_code!: string | null;

  @ApiProperty({ type: [String], example: [] })
  readonly degraded!: readonly string[];
}

/** Place in the tenant's hash chain; nulls until it is sealed. */
export class AuditIntegrityBody {
  @ApiProperty({ type: 'integer', nullable: true, example: 412 })
  readonly seq!: number | null;

  @ApiProperty({ type: String, nullable: true, example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' })
  readonly hash!: string | null;

  @ApiProperty({ type: Boolean, example: true })
  readonly sealed!: boolean;
}

export class AuditedQueryBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly query_id!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  readonly created_at!: string;

  @ApiProperty({ type: () => AuditActorBody })
  readonly actor!: AuditActorBody;

  @ApiProperty({ type: () => AuditInputBody })
  readonly input!: AuditInputBody;

  @ApiProperty({ type: () => AuditRetrievalBody })
  readonly retrieval!: AuditRetrievalBody;

  /** Null where no model was asked. */
  @ApiProperty({ type: () => AuditGenerationBody, nullable: true })
  readonly generation!: AuditGenerationBody | null;

  @ApiProperty({ type: () => AuditResponseBody })
  readonly response!: AuditResponseBody;

  @ApiProperty({ type: Number, example: 0.0023 })
  readonly cost_usd!: number;

  /** The trace of the `traceparent` that the query came with, else a new one; null in entries from before traces were kept. */
  @ApiProperty({ type: String, nullable: true, example: '4bf92f3577b34da6a3ce929d0e0e4736' })
  readonly trace_id!: string | null;

  @ApiProperty({ type: () => AuditIntegrityBody })
  readonly integrity!: AuditIntegrityBody;

  static from({ record, keyName, seal }: AuditedQuery): AuditedQueryBody {
    const { input, retrieval, generation, response } = record;
    return {
      query_id: record.id,
      created_at: record.askedAt.toISOString(),
      actor: { key_id: record.keyId, name: keyName },
      input: {
        query: input.query,
        top_k: input.topK,
        min_confidence: input.minConfidence,
        as_of_date: input.asOfDate,
        known_at: input.knownAt,
        filters: Object.fromEntries(Object.entries(input.filters).map(([name, value]) => [wireName(name), value])),
        strategy: input.strategy,
        fusion: input.fusion,
        alpha: input.alpha,
        rerank: input.rerank ?? false,
        understanding:
          input.understanding === undefined
            ? null
            : Object.fromEntries(Object.entries(input.understanding).map(([name, value]) => [wireName(name), value])),
      },
      retrieval: {
        chunks_searched: retrieval.chunksSearched,
        chunks_retrieved: retrieval.chunksRetrieved,
        max_similarity: retrieval.maxSimilarity,
        confidence: retrieval.confidence,
        uncalibrated_confidence: retrieval.uncalibratedConfidence ?? null,
        judged_by: retrieval.judgedBy ?? null,
        gaps: retrieval.gaps ?? [],
        chunk_ids: retrieval.chunkIds,
        document_versions: retrieval.documentVersions.map(({ documentId, version }) => ({ document_id: documentId, version })),
        understanding: UnderstandingBody.from(retrieval.understanding),
        reranker: rerankerBody(retrieval.reranker),
        latency_ms: retrieval.latencyMs,
      },
      generation: generation && {
        provider: generation.provider,
        model: generation.model,
        prompt_version: generation.promptVersion,
        prompt_tokens: generation.promptTokens,
        completion_tokens: generation.completionTokens,
        latency_ms: generation.latencyMs,
      },
      response: {
        refused: response.outcome === 'refused',
        outcome: response.outcome,
        answer: response.answer,
        reason_code: response.reasonCode,
        degraded: response.degraded,
      },
      cost_usd: MicroUsd.toUsd(record.cost),
      trace_id: record.traceId,
      integrity: { seq: seal?.seq ?? null, hash: seal?.hash ?? null, sealed: seal !== null },
    };
  }
}

const rerankerBody = (reranker: AuditedQuery['record']['retrieval']['reranker']): AuditRerankerBody | null =>
  reranker === undefined ? null : { provider: reranker.provider, model: reranker.model, digest: reranker.digest };

/** `documentIds` is `document_ids` on the wire, and `docTypes` the contract's `doc_type`. */
const wireName = (name: string): string => WIRE_NAMES[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const WIRE_NAMES: Readonly<Record<string, string>> = { docTypes: 'doc_type', departments: 'department', languages: 'language' };
