import type { EntityManager } from 'typeorm';
import type { AegisEvent } from '@aegis/application/aegis-event';
import type { Outbox } from '@aegis/application/shared/outbox';
import { OutboxDispatch } from '@aegis/application/shared/outbox-dispatch';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from './connections';
import { returnedRows } from './returned-rows';

export class PostgresOutbox implements Outbox {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
  ) {}

  async add(event: AegisEvent): Promise<void> {
    await this.manager.query('INSERT INTO outbox (tenant_id, topic, payload) VALUES ($1, $2, $3)', [this.tenantId, event.type, event]);
  }

  async take(id: string): Promise<AegisEvent | null> {
    const taken = await this.manager.query<unknown>(
      'UPDATE outbox SET sent_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 AND sent_at IS NULL RETURNING payload',
      [this.tenantId, id],
    );
    const [row] = returnedRows<{ payload: AegisEvent }>(taken);
    return row === undefined ? null : { ...row.payload, occurredAt: new Date(row.payload.occurredAt) };
  }
}

/** All tenants' outboxes as `app_dispatch` sees them: that something waits, never what. */
export class PostgresOutboxDispatch extends OutboxDispatch {
  constructor(private readonly connections: Connections) {
    super();
  }

  async unsent(limit: number, after: string | null): Promise<readonly { tenantId: TenantId; id: string }[]> {
    const rows = await this.connections.transaction(
      'app_dispatch',
      (manager) =>
        manager.query<{ tenant_id: string; id: string }[]>(
          'SELECT tenant_id, id FROM outbox WHERE sent_at IS NULL AND id > $2 ORDER BY id LIMIT $1',
          [limit, after ?? '0'],
        ),
      { readOnly: true },
    );
    return rows.map((row) => ({ tenantId: row.tenant_id as TenantId, id: row.id }));
  }
}
