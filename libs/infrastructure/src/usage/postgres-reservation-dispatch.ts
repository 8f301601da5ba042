import { ReservationDispatch } from '@aegis/application/usage/expire-reservations';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';

export class PostgresReservationDispatch extends ReservationDispatch {
  constructor(private readonly connections: Connections) {
    super();
  }

  async expired(limit: number): Promise<readonly { tenantId: TenantId; id: string }[]> {
    const rows = await this.connections.transaction(
      'app_dispatch',
      (manager) =>
        manager.query<{ tenant_id: string; id: string }[]>(
          `SELECT tenant_id, id FROM reservations WHERE state = 'pending' AND expires_at < clock_timestamp() ORDER BY expires_at LIMIT $1`,
          [limit],
        ),
      { readOnly: true },
    );
    return rows.map((row) => ({ tenantId: row.tenant_id as TenantId, id: row.id }));
  }
}
