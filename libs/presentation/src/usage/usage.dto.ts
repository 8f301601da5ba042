import type { UsageRecordView, UsageSummary } from '@aegis/application/usage/usage-reader';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { UsageKind } from '@aegis/domain/shared/usage-line';
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsDay, Omittable } from '../http/fields';
import { PageQuery } from '../http/page.dto';
import type { Period } from './period';

/** A kind that is not documented does not compile. */
const KINDS = Object.keys({
  query_embedding: true,
  reranking: true,
  generation: true,
  document_embedding: true,
  ingestion: true,
} satisfies Record<UsageKind, true>);
const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

export class UsageQuery {
  /** First day, UTC. Default: the first of this month. */
  @ApiPropertyOptional({ type: String, format: 'date', example: '2024-12-01' })
  @Omittable()
  @IsDay()
  readonly period_start?: string;

  /** Last day, inclusive. Default: the last of this month. */
  @ApiPropertyOptional({ type: String, format: 'date', example: '2024-12-31' })
  @Omittable()
  @IsDay()
  readonly period_end?: string;
}

export class UsageRecordsQuery extends IntersectionType(PageQuery, UsageQuery) {}

export class UsageBreakdownBody {
  @ApiProperty({ type: Number, example: 2.35 })
  readonly embedding_cost_usd!: number;

  @ApiProperty({ type: Number, example: 10.12 })
  readonly query_cost_usd!: number;
}

export class UsageTokensBody {
  @ApiProperty({ type: 'integer', example: 120345 })
  readonly embedding!: number;

  @ApiProperty({ type: 'integer', example: 45000 })
  readonly prompt!: number;

  @ApiProperty({ type: 'integer', example: 9800 })
  readonly completion!: number;
}

/** What was spent in a period, by one tenant. */
export class UsageFiguresBody {
  @ApiProperty({ type: String, format: 'date', example: '2024-12-01' })
  readonly period_start!: string;

  @ApiProperty({ type: String, format: 'date', example: '2024-12-31' })
  readonly period_end!: string;

  @ApiProperty({ type: Number, example: 12.47 })
  readonly total_cost_usd!: number;

  /** Set aside for work that has not ended. */
  @ApiProperty({ type: Number, example: 0 })
  readonly reserved_cost_usd!: number;

  @ApiProperty({ type: Number, example: 100 })
  readonly monthly_quota_usd!: number;

  @ApiProperty({ type: Number, example: 12.47 })
  readonly usage_pct!: number;

  @ApiProperty({ type: 'integer', example: 214 })
  readonly queries!: number;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly refused_queries!: number;
}

type UsageFigures = Pick<UsageSummary, 'totalCost' | 'reserved' | 'monthlyQuota' | 'queries' | 'refusedQueries'>;

/** The same fields as values. */
export const figuresOf = (usage: UsageFigures, { firstDay, lastDay }: Period): Pick<UsageFiguresBody, keyof UsageFiguresBody> => ({
  period_start: firstDay,
  period_end: lastDay,
  total_cost_usd: MicroUsd.toUsd(usage.totalCost),
  reserved_cost_usd: MicroUsd.toUsd(usage.reserved),
  monthly_quota_usd: MicroUsd.toUsd(usage.monthlyQuota),
  usage_pct: percentOf(usage.totalCost, usage.monthlyQuota),
  queries: usage.queries,
  refused_queries: usage.refusedQueries,
});

export class UsageBody extends UsageFiguresBody {
  @ApiProperty({ type: () => UsageBreakdownBody })
  readonly breakdown!: UsageBreakdownBody;

  @ApiProperty({ type: () => UsageTokensBody })
  readonly tokens!: UsageTokensBody;

  @ApiProperty({ type: 'integer', example: 31 })
  readonly documents_processed!: number;

  @ApiProperty({ type: 'integer', example: 402 })
  readonly pages_processed!: number;

  static from(summary: UsageSummary, period: Period): UsageBody {
    return {
      ...figuresOf(summary, period),
      breakdown: { embedding_cost_usd: MicroUsd.toUsd(summary.embeddingCost), query_cost_usd: MicroUsd.toUsd(summary.queryCost) },
      tokens: summary.tokens,
      documents_processed: summary.documentsProcessed,
      pages_processed: summary.pagesProcessed,
    };
  }
}

/** With two decimals; anything spent of nothing is all of it. */
function percentOf(spent: number, quota: number): number {
  if (quota === 0) return spent === 0 ? 0 : 100;
  return Math.round((spent / quota) * 10_000) / 100;
}

export class UsageRecordBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  readonly created_at!: string;

  @ApiProperty({ enum: KINDS, example: 'generation' })
  readonly kind!: string;

  @ApiProperty({ type: String, example: 'ollama' })
  readonly provider!: string;

  @ApiProperty({ type: String, example: 'llama3.1:8b' })
  readonly model!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: ID })
  readonly query_id!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  readonly document_id!: string | null;

  @ApiProperty({ type: 'integer', example: 1234 })
  readonly tokens_in!: number;

  @ApiProperty({ type: 'integer', example: 87 })
  readonly tokens_out!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  readonly pages!: number;

  @ApiProperty({ type: Number, example: 0.0023 })
  readonly cost_usd!: number;

  static from(record: UsageRecordView): UsageRecordBody {
    return {
      id: record.id,
      created_at: record.at.toISOString(),
      kind: record.kind,
      provider: record.provider,
      model: record.model,
      query_id: record.queryId,
      document_id: record.documentId,
      tokens_in: record.tokensIn,
      tokens_out: record.tokensOut,
      pages: record.pages,
      cost_usd: MicroUsd.toUsd(record.cost),
    };
  }
}

export class UsageRecordPageBody {
  @ApiProperty({ type: () => [UsageRecordBody] })
  readonly data!: readonly UsageRecordBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(records: readonly UsageRecordView[], nextCursor: string | null): UsageRecordPageBody {
    return { data: records.map((record) => UsageRecordBody.from(record)), next_cursor: nextCursor };
  }
}
