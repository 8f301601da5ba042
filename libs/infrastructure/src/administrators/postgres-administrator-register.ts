import type { EntityManager } from 'typeorm';
import {
  AdministratorRegister,
  type AdministratorTransaction,
  type AppointmentRepository,
} from '@aegis/application/administrators/administrator-register';
import type { Reactions } from '@aegis/application/reactions';
import type { AdminCall } from '@aegis/application/shared/administrator';
import { AlreadyAppointed } from '@aegis/domain/administrators/administrator-errors';
import type { AdministratorEvent } from '@aegis/domain/administrators/administrator-events';
import type { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import type { Appointment } from '@aegis/domain/administrators/appointment';
import { auditChanges } from '../audit/audit-changes';
import { PLATFORM_PLACE, PostgresIdempotencyRepository } from '../idempotency/postgres-idempotency-repository';
import type { Connections } from '../persistence/connections';
import { AdministratorTable, fromRow, toRow } from './administrator-row';

/** Acts as `app_admin`, which alone may write here. */
export class PostgresAdministratorRegister extends AdministratorRegister {
  constructor(
    private readonly connections: Connections,
    private readonly reactions: Reactions,
  ) {
    super();
  }

  async run<T>(work: (tx: AdministratorTransaction) => Promise<T>, call: AdminCall): Promise<T> {
    const events: AdministratorEvent[] = [];
    const result = await this.connections.transaction('app_admin', async (manager) => {
      const done = await work({
        appointments: new Appointments(manager, events),
        idempotency: new PostgresIdempotencyRepository(manager, PLATFORM_PLACE),
      });
      await auditChanges(manager, this.reactions, events, call);
      return done;
    });
    if (events.length > 0) call.recorded();
    return result;
  }
}

class Appointments implements AppointmentRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly events: AdministratorEvent[],
  ) {}

  /** A unique key over all tenants is no key of a tenant table: appointments of one person wait for each other, and are counted. */
  async add(appointment: Appointment): Promise<void> {
    const { issuer, subject } = appointment.toSnapshot();
    await this.manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 7))', [`administrator:${issuer}:${subject}`]);
    const held = await this.manager.query<unknown[]>(
      'SELECT 1 FROM administrators a WHERE a.issuer = $1 AND a.subject = $2 AND a.revoked_at IS NULL LIMIT 1',
      [issuer, subject],
    );
    if (held.length > 0) throw new AlreadyAppointed();
    await this.manager.insert(AdministratorTable, toRow(appointment));
    this.events.push(...appointment.takeEvents());
  }

  async update(appointment: Appointment): Promise<void> {
    const { tenantId, id, revokedAt } = toRow(appointment);
    await this.manager.update(AdministratorTable, { tenantId, id }, { revokedAt });
    this.events.push(...appointment.takeEvents());
  }

  async find(id: AdministratorId): Promise<Appointment | null> {
    const row = await this.manager.findOne(AdministratorTable, { where: { id }, lock: { mode: 'pessimistic_write' } });
    return row && fromRow(row);
  }
}
