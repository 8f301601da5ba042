import type { EntityManager } from 'typeorm';
import type { RedeemedStreamTicket, StreamTicket, TicketRepository } from '@aegis/application/answering/ticket-repository';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

interface TicketRow {
  readonly key_id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly expires_at: Date;
  readonly key_name: string;
  readonly is_active: boolean;
  readonly rate_limit_rps: number | null;
}

export class PostgresTicketRepository implements TicketRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
  ) {}

  async add({ id, keyId, body, expiresAt }: StreamTicket): Promise<void> {
    await this.manager.query('INSERT INTO stream_tickets (tenant_id, id, key_id, body, expires_at) VALUES ($1, $2, $3, $4, $5)', [
      this.tenantId,
      id,
      keyId,
      body,
      expiresAt,
    ]);
  }

  /** One DELETE: of two redemptions at the same moment only one gets the row. Key and tenant are asked again: a minute may have passed. */
  async redeem(id: string, at: Date): Promise<RedeemedStreamTicket | null> {
    const [row] = await this.manager.query<TicketRow[]>(
      `WITH t AS (DELETE FROM stream_tickets WHERE tenant_id = $1 AND id = $2 RETURNING tenant_id, key_id, body, expires_at)
       SELECT t.key_id, t.body, t.expires_at, k.name AS key_name, n.is_active, (n.settings ->> 'rate_limit_rps')::float8 AS rate_limit_rps
         FROM t JOIN api_keys k ON k.tenant_id = t.tenant_id AND k.id = t.key_id JOIN tenants n ON n.id = t.tenant_id
        WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AND (k.not_after IS NULL OR k.not_after > now())`,
      [this.tenantId, id],
    );
    if (row === undefined || row.expires_at < at) return null;
    return {
      ...{ id, keyId: row.key_id, body: row.body, expiresAt: row.expires_at },
      ...{ keyName: row.key_name, tenantIsActive: row.is_active, rateLimitRps: row.rate_limit_rps },
    };
  }
}
