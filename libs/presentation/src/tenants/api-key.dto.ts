import type { IssueApiKeyInput, IssuedApiKey } from '@aegis/application/tenants/issue-api-key';
import type { RotateApiKeyInput, RotatedApiKey } from '@aegis/application/tenants/rotate-api-key';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS, statusOf, type ApiKeyProps, type ApiKeyStatus } from '@aegis/domain/tenants/api-key';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { API_KEY_MODES, ApiKeyText, type ApiKeyMode } from '@aegis/domain/shared/api-key-text';
import { SCOPES, type Scope } from '@aegis/domain/shared/scope';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, Max, Min } from 'class-validator';
import { IsInstant, Name, Nullable } from '../http/fields';
import { parseInstant } from '../http/instants';

const STATUSES: readonly ApiKeyStatus[] = ['active', 'retiring', 'expired', 'revoked'];
const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

export class IssueApiKeyBody {
  @ApiProperty({ type: String, example: 'reporting' })
  @Name({ max: 100 })
  readonly name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, example: ['query', 'documents:read'] })
  @IsIn(SCOPES, { each: true })
  @ArrayUnique()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES.length)
  @IsArray()
  readonly scopes!: readonly Scope[];

  /** A test key opens the same tenant with the same data, budget and limits; it is told apart in the key itself, in lists and in the audit trail. */
  @ApiPropertyOptional({ enum: API_KEY_MODES, default: 'live' })
  @IsIn(API_KEY_MODES)
  readonly mode: ApiKeyMode = 'live';

  /** In the future; a mere day means its end in UTC. Without it the key does not expire. */
  @ApiPropertyOptional({ type: String, nullable: true, example: '2027-12-31' })
  @Nullable()
  @IsInstant()
  readonly expires_at?: string | null;

  /** Throws ValidationFailed for an end that has passed. */
  toInput(tenantId: TenantId, now: Date): IssueApiKeyInput {
    const expiresAt = this.expires_at === undefined || this.expires_at === null ? null : parseInstant(this.expires_at, 'end');
    if (expiresAt !== null && expiresAt <= now) throw new ValidationFailed([{ pointer: '/expires_at', code: 'in_past', message: '' }]);
    return { tenantId, name: this.name, mode: this.mode, scopes: this.scopes, expiresAt };
  }
}

export class RotateApiKeyBody {
  /** How long the old key works beside the new one, at most 7 days; 0 revokes it. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MAX_OVERLAP_SECONDS, default: DEFAULT_OVERLAP_SECONDS, example: 3600 })
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  readonly overlap_seconds: number = DEFAULT_OVERLAP_SECONDS;

  toInput(tenantId: TenantId, keyId: ApiKeyId): RotateApiKeyInput {
    return { tenantId, keyId, overlapSeconds: this.overlap_seconds };
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

  @ApiProperty({ enum: API_KEY_MODES, example: 'live' })
  readonly mode!: ApiKeyMode;

  /** How the key begins: enough to recognise it, nothing of its secret. */
  @ApiProperty({ type: String, example: 'ag_live_3fTq0ZbYw81K' })
  readonly prefix!: string;

  /** A retiring key has a successor, and works until `not_after`. */
  @ApiProperty({ enum: STATUSES, example: 'active' })
  readonly status!: ApiKeyStatus;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly expires_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly revoked_at!: string | null;

  /** When a key that was rotated stops working. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly not_after!: string | null;

  /** To the minute, and up to a minute late; null: never yet. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-02T03:04:05.678Z' })
  readonly last_used_at!: string | null;

  static from(key: ApiKeyProps, now: Date): ApiKeyBody {
    return {
      id: key.id,
      name: key.name,
      mode: key.mode,
      prefix: ApiKeyText.displayPrefix(key.mode, key.lookupId),
      status: statusOf(key, now),
      scopes: key.scopes,
      created_at: key.createdAt.toISOString(),
      expires_at: key.expiresAt?.toISOString() ?? null,
      revoked_at: key.revokedAt?.toISOString() ?? null,
      not_after: key.notAfter?.toISOString() ?? null,
      last_used_at: key.lastUsedAt?.toISOString() ?? null,
    };
  }
}

export class ApiKeyPageBody {
  @ApiProperty({ type: () => [ApiKeyBody] })
  readonly data!: readonly ApiKeyBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(keys: readonly ApiKeyProps[], now: Date, nextCursor: string | null): ApiKeyPageBody {
    return { data: keys.map((key) => ApiKeyBody.from(key, now)), next_cursor: nextCursor };
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

export class RetiringApiKeyBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  /** Until when it works beside the new one. */
  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-03T03:04:05.678Z' })
  readonly not_after!: string;
}

export class RotatedApiKeyBody extends IssuedApiKeyBody {
  /** The key that was there before. */
  @ApiProperty({ type: RetiringApiKeyBody })
  readonly replaces!: RetiringApiKeyBody;

  static of(rotated: RotatedApiKey): RotatedApiKeyBody {
    const { id, name, key, scopes, expires_at } = IssuedApiKeyBody.from(rotated);
    const { id: oldId, notAfter, createdAt } = rotated.old;
    return { id, name, key, scopes, expires_at, replaces: { id: oldId, not_after: (notAfter ?? createdAt).toISOString() } };
  }
}
