import type { PlatformAuditEntry } from '@aegis/application/audit/admin-call-reader';
import { ApiProperty } from '@nestjs/swagger';

export class PlatformAuditEntryBody {
  @ApiProperty({ type: String, description: '`admin.call` for a read or a refusal, else what was changed', example: 'admin.call' })
  readonly type!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  readonly at!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: '`kind`: `platform_admin` (the bootstrap key), `admin_token`, `administrator` or `api_key`',
    example: { kind: 'platform_admin' },
  })
  readonly actor!: object;

  @ApiProperty({ type: String, format: 'uuid', example: '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11' })
  readonly subject_id!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { method: 'GET', route: '/v1/admin/tenants', status: 200, code: null, target: null, request_id: 'a1' },
  })
  readonly details!: object;

  static from({ type, at, actor, subjectId, details }: PlatformAuditEntry): PlatformAuditEntryBody {
    return { type, at, actor, subject_id: subjectId, details };
  }
}

export class PlatformAuditPageBody {
  @ApiProperty({ type: () => [PlatformAuditEntryBody] })
  readonly data!: readonly PlatformAuditEntryBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(entries: readonly PlatformAuditEntry[], nextCursor: string | null): PlatformAuditPageBody {
    return { data: entries.map((entry) => PlatformAuditEntryBody.from(entry)), next_cursor: nextCursor };
  }
}
