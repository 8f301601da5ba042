import type { AppointAdministratorInput } from '@aegis/application/administrators/appoint-administrator';
import type { AppointmentProps } from '@aegis/domain/administrators/appointment';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Nullable, Text } from '../http/fields';

const ROLES = ['platform_admin', 'tenant_admin'] as const;
type Role = (typeof ROLES)[number];
const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const ISSUER = 'https://login.example.com/realms/company';
const SUBJECT = 'f3b0c1d2-5e4a-4f7b-9a55-0c7f3d2e1b60';

export class AppointAdministratorBody {
  /** `iss` of the person's tokens, exactly: the configured identity provider's, where there is one. */
  @ApiProperty({ type: String, example: ISSUER })
  @Text({ min: 1, max: 2_000 })
  readonly issuer!: string;

  /** `sub` of the person's tokens, exactly. */
  @ApiProperty({ type: String, example: SUBJECT })
  @Text({ min: 1, max: 255 })
  readonly subject!: string;

  @ApiProperty({ enum: ROLES, example: 'tenant_admin' })
  @IsIn(ROLES)
  readonly role!: Role;

  /** For `tenant_admin`, and only there. */
  @ApiPropertyOptional({ type: String, format: 'uuid', nullable: true, example: ID })
  @Nullable()
  @Text({ min: 1, max: 100 })
  readonly tenant_id?: string | null;

  /** Throws ValidationFailed where role and tenant do not belong together. */
  toInput(): AppointAdministratorInput {
    const { issuer, subject, role, tenant_id: tenant = null } = this;
    if (role === 'tenant_admin' && tenant === null) throw wrongTenant('required');
    if (role === 'platform_admin' && tenant !== null) throw wrongTenant('not_allowed');
    return { issuer, subject, tenantId: tenant === null ? null : TenantId.parse(tenant) };
  }
}

const wrongTenant = (code: 'required' | 'not_allowed'): ValidationFailed =>
  new ValidationFailed([{ pointer: '/tenant_id', code, message: '' }]);

export class AdministratorBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, example: ISSUER })
  readonly issuer!: string;

  @ApiProperty({ type: String, example: SUBJECT })
  readonly subject!: string;

  @ApiProperty({ enum: ROLES, example: 'tenant_admin' })
  readonly role!: Role;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: ID })
  readonly tenant_id!: string | null;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  readonly appointed_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly revoked_at!: string | null;

  static from({ id, issuer, subject, tenantId, appointedAt, revokedAt }: AppointmentProps): AdministratorBody {
    return {
      id,
      issuer,
      subject,
      role: tenantId === null ? 'platform_admin' : 'tenant_admin',
      tenant_id: tenantId,
      appointed_at: appointedAt.toISOString(),
      revoked_at: revokedAt?.toISOString() ?? null,
    };
  }
}

export class AdministratorPageBody {
  @ApiProperty({ type: () => [AdministratorBody] })
  readonly data!: readonly AdministratorBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(appointments: readonly AppointmentProps[], nextCursor: string | null): AdministratorPageBody {
    return { data: appointments.map((appointment) => AdministratorBody.from(appointment)), next_cursor: nextCursor };
  }
}
