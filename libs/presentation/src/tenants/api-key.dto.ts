import type { IssueApiKeyInput, IssuedApiKey } from '@aegis/application/tenants/issue-api-key';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { ApiKeyProps } from '@aegis/domain/tenants/api-key';
import { SCOPES, type Scope } from '@aegis/domain/shared/scope';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn } from 'class-validator';
import { IsInstant, Nullable, Text, Trim } from '../http/fields';
import { parseInstant } from '../http/instants';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

export class IssueApiKeyBody {
  @ApiProperty({ type: String, example: 'reporting' })
  @Trim()
  @Text({ min: 1, max: 100 })
  readonly name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, example: ['query', 'documents:read'] })
  @IsIn(SCOPES, { each: true })
  @ArrayUnique()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES.length)
  @IsArray()
  readonly scopes!: readonly Scope[];

  /** In the future; a mere day means its end in UTC. Without it the key does not expire. */
  @ApiPropertyOptional({ type: String, nullable: true, example: '2027-12-31' })
  @Nullable()
  @IsInstant()
  readonly expires_at?: string | null;

  /** Throws ValidationFailed for an end that has passed. */
  toInput(tenantId: TenantId, now: Date): IssueApiKeyInput {
    const expiresAt = this.expires_at === undefined || this.expires_at === null ? null : parseInstant(this.expires_at, 'end');
    if (expiresAt !== null && expiresAt <= now) throw new ValidationFailed([{ pointer: '/expires_at', code: 'in_past', message: '' }]);
    return { tenantId, name: this.name, scopes: this.scopes, expiresAt };
  }
}

export class ApiKeyBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'reporting' })
  readonly name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, example: ['query', 'documents:read'] })
  readonly scopes!: readonly Scope[];

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  readonly created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly expires_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly revoked_at!: string | null;

  static from(key: ApiKeyProps): ApiKeyBody {
    return {
      id: key.id,
      name: key.name,
      scopes: key.scopes,
      created_at: key.createdAt.toISOString(),
      expires_at: key.expiresAt?.toISOString() ?? null,
      revoked_at: key.revokedAt?.toISOString() ?? null,
    };
  }
}

export class ApiKeyPageBody {
  @ApiProperty({ type: () => [ApiKeyBody] })
  readonly data!: readonly ApiKeyBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(keys: readonly ApiKeyProps[], nextCursor: string | null): ApiKeyPageBody {
    return { data: keys.map((key) => ApiKeyBody.from(key)), next_cursor: nextCursor };
  }
}

export class IssuedApiKeyBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'reporting' })
  readonly name!: string;

  /** Shown this once; nobody can read it again. */
  @ApiProperty({ type: String, example: 'ag_live_…' })
  readonly key!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, example: ['query', 'documents:read'] })
  readonly scopes!: readonly Scope[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly expires_at!: string | null;

  static from({ key, props }: IssuedApiKey): IssuedApiKeyBody {
    return { id: props.id, name: props.name, key, scopes: props.scopes, expires_at: props.expiresAt?.toISOString() ?? null };
  }
}
