import { EntitySchema } from 'typeorm';
import type { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import { Appointment, type AppointmentProps } from '@aegis/domain/administrators/appointment';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PLATFORM_PLACE } from '../idempotency/postgres-idempotency-repository';

export interface AdministratorRow {
  /** The platform's administrators stand where no tenant is. */
  tenantId: string;
  id: string;
  issuer: string;
  subject: string;
  appointedAt: Date;
  revokedAt: Date | null;
}

export const AdministratorTable = new EntitySchema<AdministratorRow>({
  name: 'administrator',
  tableName: 'administrators',
  columns: {
    tenantId: { type: 'uuid', primary: true, name: 'tenant_id' },
    id: { type: 'uuid', primary: true },
    issuer: { type: 'text' },
    subject: { type: 'text' },
    appointedAt: { type: 'timestamptz', name: 'appointed_at' },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', nullable: true },
  },
});

export function toRow(appointment: Appointment): AdministratorRow {
  const { tenantId, ...props } = appointment.toSnapshot();
  return { ...props, tenantId: tenantId ?? PLATFORM_PLACE };
}

export const fromRow = (row: AdministratorRow): Appointment => Appointment.fromSnapshot(propsOf(row));

export const propsOf = ({ tenantId, id, ...row }: AdministratorRow): AppointmentProps => ({
  ...row,
  id: id as AdministratorId,
  tenantId: tenantId === PLATFORM_PLACE ? null : (tenantId as TenantId),
});
