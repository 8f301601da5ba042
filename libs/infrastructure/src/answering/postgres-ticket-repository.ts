import type { EntityManager } from 'typeorm';
import type { StreamTicket, TicketRepository } from '@aegis/application/answering/ticket-repository';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { returnedRows } from '../persistence/returned-rows';

interface TicketRow {
  readonly key_id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly expires_at: Date;
}

export class PostgresTicketRepository implements TicketRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
  ) {}

  /** Tickets that nobody came for are taken out on the way. */
  async add({ id, keyId, body, expiresAt }: StreamTicket): Promise<void> {
    await this.manager.query('DELETE FROM stream_tickets WHERE tenant_id = $1 AND expires_at < clock_timestamp()', [this.tenantId]);
    await this.manager.query('INSERT INTO stream_tickets (tenant_id, id, key_id, body, expires_at) VALUES ($1, $2, $3, $4, $5)', [
      this.tenantId,
      id,
      keyId,
      body,
      expiresAt,
    ]);
  }

  /** One DELETE: of two redemptions at the same moment only one gets the row. */
  async redeem(id: string, at: Date): Promise<StreamTicket | null> {
    const deleted = await this.manager.query<unknown>(
      'DELETE FROM stream_tickets WHERE tenant_id = $1 AND id = $2 RETURNING key_id, body, expires_at',
      [this.tenantId, id],
    );
    const [row] = returnedRows<TicketRow>(deleted);
    return row === undefined || row.expires_at < at ? null : { id, keyId: row.key_id, body: row.body, expiresAt: row.expires_at };
  }
}
