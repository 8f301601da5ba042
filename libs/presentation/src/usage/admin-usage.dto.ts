import type { TenantUsage } from '@aegis/application/usage/platform-usage-reader';
import { ApiProperty } from '@nestjs/swagger';
import type { Period } from './period';
import { figuresOf, UsageFiguresBody } from './usage.dto';

export class TenantUsageBody extends UsageFiguresBody {
  @ApiProperty({ type: String, format: 'uuid', example: '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11' })
  readonly tenant_id!: string;

  /** Null for a tenant that was deleted: it is listed while its usage is kept, where it used something in the period. */
  @ApiProperty({ type: String, nullable: true, example: '한빛전자' })
  readonly name!: string | null;

  @ApiProperty({ type: Boolean, example: true })
  readonly is_active!: boolean;

  static from(usage: TenantUsage, period: Period): TenantUsageBody {
    return {
      tenant_id: usage.tenantId,
      name: usage.name,
      is_active: usage.isActive,
      ...figuresOf(usage, period),
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
