import type { Answered, QueryAnswer, Refused, SearchAnswer, Source, TokenUsage } from '@aegis/application/answering/query-answer';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { ApiProperty } from '@nestjs/swagger';
import { UnderstandingBody } from '../shared/understanding.dto';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

export class QuoteBody {
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  readonly start!: number;

  /** Exclusive. Both count UTF-16 code units of `content`. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 31 })
  readonly end!: number;
}

/** A chunk of evidence. */
export class SourceBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly chunk_id!: string;

  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly document_id!: string;

  @ApiProperty({ type: String, example: 'report.pdf' })
  readonly filename!: string;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly version!: number;

  @ApiProperty({ type: 'integer', nullable: true, example: 3 })
  readonly page!: number | null;

  @ApiProperty({ type: String, example: '실적' })
  readonly section!: string;

  /** Cosine similarity; null while vectors cannot be searched. */
  @ApiProperty({ type: Number, nullable: true, example: 0.91 })
  readonly similarity!: number | null;

  /** Orders the chunks of one query; says nothing across queries. */
  @ApiProperty({ type: Number, example: 0.032 })
  readonly score!: number;

  @ApiProperty({ type: String, example: 'Q3 FY2023 매출은 42억원입니다.' })
  readonly content!: string;

  /** The better one among these with the same text; null where there is none before it. 같은 글인 앞선 결과 */
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  readonly duplicate_of!: string | null;

  /** The number by which the answer cites it. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  readonly citation!: number | null;

  /** Exact spans of `content` that carry the answer. */
  @ApiProperty({ type: () => [QuoteBody] })
  readonly quotes!: readonly QuoteBody[];

  static from(source: Source): SourceBody {
    return {
      chunk_id: source.chunkId,
      document_id: source.documentId,
      filename: source.filename,
      version: source.version,
      page: source.page,
      section: source.section,
      similarity: source.similarity,
      score: source.score,
      content: source.content,
      duplicate_of: source.duplicateOf,
      citation: source.citation,
      quotes: source.quotes,
    };
  }
}

export class TokenUsageBody {
  @ApiProperty({ type: 'integer', example: 1234 })
  readonly prompt_tokens!: number;

  @ApiProperty({ type: 'integer', example: 87 })
  readonly completion_tokens!: number;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly embedding_tokens!: number;

  static from(usage: TokenUsage): TokenUsageBody {
    return { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens, embedding_tokens: usage.embeddingTokens };
  }
}

export class AnsweredBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly query_id!: string;

  /** Cites its sources as `[n]`. */
  @ApiProperty({ type: String, example: '2023년 3분기 매출은 42억원입니다. [1]' })
  readonly answer!: string;

  /** Calibrated probability that the evidence answers the question. */
  @ApiProperty({ type: Number, minimum: 0, maximum: 1, example: 0.89 })
  readonly confidence!: number;

  @ApiProperty({ enum: [false], type: Boolean, example: false })
  readonly refused!: false;

  @ApiProperty({ type: () => [SourceBody] })
  readonly sources!: readonly SourceBody[];

  @ApiProperty({ type: String, example: 'llama3.1:8b' })
  readonly model!: string;

  @ApiProperty({ type: () => TokenUsageBody })
  readonly usage!: TokenUsageBody;

  @ApiProperty({ type: Number, example: 0.0023 })
  readonly cost_usd!: number;

  @ApiProperty({ type: 'integer', example: 1847 })
  readonly latency_ms!: number;

  /** What was missing, e.g. `vector_search_unavailable`, `llm_unavailable`. */
  @ApiProperty({ type: [String], example: [] })
  readonly degraded!: readonly string[];

  /** Null where the question was searched for as it stands. */
  @ApiProperty({ type: () => UnderstandingBody, nullable: true })
  readonly understanding!: UnderstandingBody | null;

  /** `hit`: the sources are those that the same question found before; the documents have not changed since. 같은 질문에 찾아 둔 근거를 다시 썼는지 */
  @ApiProperty({ enum: ['hit', 'miss'], example: 'miss' })
  readonly cache!: 'hit' | 'miss';

  static from(answer: Answered): AnsweredBody {
    return {
      query_id: answer.queryId,
      answer: answer.answer,
      confidence: answer.confidence,
      refused: false,
      sources: answer.sources.map((one) => SourceBody.from(one)),
      model: answer.model,
      usage: TokenUsageBody.from(answer.usage),
      cost_usd: MicroUsd.toUsd(answer.cost),
      latency_ms: answer.latencyMs,
      degraded: answer.degraded,
      understanding: UnderstandingBody.from(answer.understanding),
      cache: answer.cache,
    };
  }
}

export class RefusedBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly query_id!: string;

  @ApiProperty({ enum: [true], type: Boolean, example: true })
  readonly refused!: true;

  /** In the language of the question. */
  @ApiProperty({ type: String, example: '관련 문서를 찾을 수 없습니다 (신뢰도: 0.31, 최대 유사도: 0.62)' })
  readonly reason!: string;

  @ApiProperty({
    enum: ['insufficient_evidence', 'no_documents', 'unsupported_claims', 'policy_blocked'],
    example: 'insufficient_evidence',
  })
  readonly reason_code!: string;

  @ApiProperty({ type: Number, minimum: 0, maximum: 1, example: 0.31 })
  readonly confidence!: number;

  @ApiProperty({ type: Number, nullable: true, example: 0.62 })
  readonly max_similarity!: number | null;

  @ApiProperty({ type: () => [SourceBody], example: [] })
  readonly sources!: readonly SourceBody[];

  @ApiProperty({ type: Number, example: 0.0001 })
  readonly cost_usd!: number;

  @ApiProperty({ type: 'integer', example: 120 })
  readonly latency_ms!: number;

  @ApiProperty({ type: [String], example: [] })
  readonly degraded!: readonly string[];

  /** Null where the question was searched for as it stands. */
  @ApiProperty({ type: () => UnderstandingBody, nullable: true })
  readonly understanding!: UnderstandingBody | null;

  static from(answer: Refused): RefusedBody {
    return {
      query_id: answer.queryId,
      refused: true,
      reason: answer.reason,
      reason_code: answer.reasonCode,
      confidence: answer.confidence,
      max_similarity: answer.maxSimilarity,
      sources: answer.sources.map((one) => SourceBody.from(one)),
      cost_usd: MicroUsd.toUsd(answer.cost),
      latency_ms: answer.latencyMs,
      degraded: answer.degraded,
      understanding: UnderstandingBody.from(answer.understanding),
    };
  }
}

export type AnswerBody = AnsweredBody | RefusedBody;
export const answerBody = (answer: QueryAnswer): AnswerBody => (answer.refused ? RefusedBody.from(answer) : AnsweredBody.from(answer));

export class SearchBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly query_id!: string;

  @ApiProperty({ type: () => [SourceBody] })
  readonly results!: readonly SourceBody[];

  @ApiProperty({ type: Number, minimum: 0, maximum: 1, example: 0.89 })
  readonly confidence!: number;

  @ApiProperty({ type: Number, nullable: true, example: 0.91 })
  readonly max_similarity!: number | null;

  @ApiProperty({ type: 'integer', example: 1247 })
  readonly chunks_searched!: number;

  /** The confidence before the tenant's own calibration; the same without one. */
  @ApiProperty({ type: Number, minimum: 0, maximum: 1, example: 0.86 })
  readonly uncalibrated_confidence!: number;

  /** Embedding model and version of the confidence: a calibration holds for the same. */
  @ApiProperty({ type: String, example: 'multilingual-e5-small-ko-en-int8/2026-11-21.2' })
  readonly judged_by!: string;

  /** What the question names or asks for and no evidence holds. A missing year, number or name lowers the confidence, a missing kind of answer does not yet. 질문에는 있으나 근거에는 없는 것: 연도, 수, 이름, 묻는 종류의 답 */
  @ApiProperty({ enum: ['year', 'number', 'name', 'answer'], isArray: true, example: [] })
  readonly gaps!: readonly string[];

  @ApiProperty({ type: Number, example: 0.0001 })
  readonly cost_usd!: number;

  @ApiProperty({ type: 'integer', example: 35 })
  readonly latency_ms!: number;

  @ApiProperty({ type: [String], example: [] })
  readonly degraded!: readonly string[];

  /** Null where the question was searched for as it stands. */
  @ApiProperty({ type: () => UnderstandingBody, nullable: true })
  readonly understanding!: UnderstandingBody | null;

  /** `hit`: the results are those that the same question found before; the documents have not changed since. */
  @ApiProperty({ enum: ['hit', 'miss'], example: 'miss' })
  readonly cache!: 'hit' | 'miss';

  static from(answer: SearchAnswer): SearchBody {
    return {
      query_id: answer.queryId,
      results: answer.results.map((one) => SourceBody.from(one)),
      confidence: answer.confidence,
      max_similarity: answer.maxSimilarity,
      chunks_searched: answer.chunksSearched,
      uncalibrated_confidence: answer.uncalibratedConfidence,
      judged_by: answer.judgedBy,
      gaps: answer.gaps,
      cost_usd: MicroUsd.toUsd(answer.cost),
      latency_ms: answer.latencyMs,
      degraded: answer.degraded,
      understanding: UnderstandingBody.from(answer.understanding),
      cache: answer.cache,
    };
  }
}
