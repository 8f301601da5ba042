import type { TenantUsage } from '@aegis/application/usage/platform-usage-reader';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { ApiProperty } from '@nestjs/swagger';
import type { Period } from './period';
import { percentOf } from './usage.dto';

export class TenantUsageBody {
  @ApiProperty({ type: String, format: 'uuid', example: '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11' })
  readonly tenant_id!: string;

  /** Null for a tenant that was deleted: it is listed while its usage is kept, where it used something in the period. */
  @ApiProperty({ type: String, nullable: true, example: '한빛전자' })
  readonly name!: string | null;

  @ApiProperty({ type: Boolean, example: true })
  readonly is_active!: boolean;

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

  static from(usage: TenantUsage, { firstDay, lastDay }: Period): TenantUsageBody {
    return {
      tenant_id: usage.tenantId,
      name: usage.name,
      is_active: usage.isActive,
      period_start: firstDay,
      period_end: lastDay,
      total_cost_usd: MicroUsd.toUsd(usage.totalCost),
      reserved_cost_usd: MicroUsd.toUsd(usage.reserved),
      monthly_quota_usd: MicroUsd.toUsd(usage.monthlyQuota),
      usage_pct: percentOf(usage.totalCost, usage.monthlyQuota),
      queries: usage.queries,
      refused_queries: usage.refusedQueries,
    };
  }
}

export class TenantUsagePageBody {
  @ApiProperty({ type: () => [TenantUsageBody] })
  readonly data!: readonly TenantUsageBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(usages: readonly TenantUsage[], period: Period, nextCursor: string | null): TenantUsagePageBody {
    return { data: usages.map((usage) => TenantUsageBody.from(usage, period)), next_cursor: nextCursor };
  }
}
