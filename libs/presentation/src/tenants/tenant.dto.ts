import type { CreatedTenant, CreateTenantInput } from '@aegis/application/tenants/create-tenant';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { TenantChange, TenantProps } from '@aegis/domain/tenants/tenant';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsObject, Max, Min, ValidateNested } from 'class-validator';
import { IsUsd, Name, Omittable } from '../http/fields';
import { IssuedApiKeyBody } from './api-key.dto';
import { settingsBody, TenantSettingsBody } from './tenant-settings.dto';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const MAX_QUOTA_USD = 1_000_000_000;
const DEFAULT_QUOTA_USD = 100;

export class CreateTenantBody {
  @ApiProperty({ type: String, example: '한빛전자' })
  @Name({ max: 200 })
  readonly name!: string;

  @ApiPropertyOptional({ type: Number, minimum: 0, default: DEFAULT_QUOTA_USD })
  @IsUsd()
  @Min(0)
  @Max(MAX_QUOTA_USD)
  readonly monthly_quota_usd: number = DEFAULT_QUOTA_USD;

  @ApiPropertyOptional({ type: () => TenantSettingsBody })
  @Omittable()
  @Type(() => TenantSettingsBody)
  @ValidateNested()
  @IsObject()
  readonly settings?: TenantSettingsBody;

  toInput(): CreateTenantInput {
    return { name: this.name, monthlyQuota: MicroUsd.fromUsd(this.monthly_quota_usd), settings: this.settings?.toSettings() ?? {} };
  }
}

/** Only what is given changes; settings are merged. */
export class ChangeTenantBody {
  @ApiPropertyOptional({ type: String, example: '한빛전자' })
  @Omittable()
  @Name({ max: 200 })
  readonly name?: string;

  /** False suspends the tenant within 5 seconds. */
  @ApiPropertyOptional({ type: Boolean, example: true })
  @Omittable()
  @IsBoolean()
  readonly is_active?: boolean;

  @ApiPropertyOptional({ type: Number, minimum: 0, example: 250 })
  @Omittable()
  @IsUsd()
  @Min(0)
  @Max(MAX_QUOTA_USD)
  readonly monthly_quota_usd?: number;

  @ApiPropertyOptional({ type: () => TenantSettingsBody })
  @Omittable()
  @Type(() => TenantSettingsBody)
  @ValidateNested()
  @IsObject()
  readonly settings?: TenantSettingsBody;

  toChange(): TenantChange {
    return {
      name: this.name,
      isActive: this.is_active,
      monthlyQuota: this.monthly_quota_usd === undefined ? undefined : MicroUsd.fromUsd(this.monthly_quota_usd),
      settings: this.settings?.toChange(),
    };
  }
}

export class TenantBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, example: '한빛전자' })
  readonly name!: string;

  @ApiProperty({ type: Boolean, example: true })
  readonly is_active!: boolean;

  @ApiProperty({ type: Number, example: 100 })
  readonly monthly_quota_usd!: number;

  /** Only what the tenant set for itself. */
  @ApiProperty({ type: () => TenantSettingsBody })
  readonly settings!: ReturnType<typeof settingsBody>;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  readonly created_at!: string;

  static from(tenant: TenantProps): TenantBody {
    return {
      id: tenant.id,
      name: tenant.name,
      is_active: tenant.isActive,
      monthly_quota_usd: MicroUsd.toUsd(tenant.monthlyQuota),
      settings: settingsBody(tenant.settings),
      created_at: tenant.createdAt.toISOString(),
    };
  }
}

export class CreatedTenantBody extends TenantBody {
  @ApiProperty({ type: () => IssuedApiKeyBody })
  readonly api_key!: IssuedApiKeyBody;

  static of({ tenant, apiKey }: CreatedTenant): CreatedTenantBody {
    const { id, name, is_active, monthly_quota_usd, settings, created_at } = TenantBody.from(tenant);
    return { id, name, is_active, monthly_quota_usd, settings, created_at, api_key: IssuedApiKeyBody.from(apiKey) };
  }
}

export class TenantDeletionBody {
  /** Names the deletion in the audit trail. */
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly deletion_id!: string;

  static from(deletionId: string): TenantDeletionBody {
    return { deletion_id: deletionId };
  }
}

export class TenantPageBody {
  @ApiProperty({ type: () => [TenantBody] })
  readonly data!: readonly TenantBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(tenants: readonly TenantProps[], nextCursor: string | null): TenantPageBody {
    return { data: tenants.map((tenant) => TenantBody.from(tenant)), next_cursor: nextCursor };
  }
}
