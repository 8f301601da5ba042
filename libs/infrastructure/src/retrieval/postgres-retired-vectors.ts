import { RetiredVectors, type RetiredModel } from '@aegis/application/retrieval/retired-vectors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { returnedRows } from '../persistence/returned-rows';
import type { TenantDatabase } from '../persistence/tenant-database';

const AT_A_TIME = 1_000;

export class PostgresRetiredVectors extends RetiredVectors {
  constructor(
    private readonly connections: Connections,
    private readonly database: TenantDatabase,
    private readonly keptHours: number,
  ) {
    super();
  }

  /** Not one that a tenant has stayed with, whatever its state says. */
  models(): Promise<readonly RetiredModel[]> {
    return this.admin<RetiredModel>(
      `SELECT m.model_version AS version, m.name FROM embedding_models m
        WHERE m.state = 'retired' AND m.retired_at <= clock_timestamp() - $1 * interval '1 hour'
          AND NOT EXISTS (SELECT FROM tenants t WHERE t.active_model = m.model_version AND t.deleted_at IS NULL) ORDER BY m.model_version`,
      [this.keptHours],
    );
  }

  async tenants(): Promise<readonly TenantId[]> {
    const rows = await this.admin<{ id: TenantId }>('SELECT t.id FROM tenants t WHERE t.deleted_at IS NULL ORDER BY t.id', []);
    return rows.map(({ id }) => id);
  }

  removeSome(tenantId: TenantId, { version }: RetiredModel): Promise<number> {
    return this.database.transaction(tenantId, async (manager) => {
      let removed = 0;
      for (const table of ['chunk_tokens', 'embeddings']) {
        const rows = await manager.query<unknown>(
          `DELETE FROM ${table} x WHERE x.tenant_id = $1 AND x.model_version = ${version} AND x.chunk_id IN (
             SELECT o.chunk_id FROM ${table} o WHERE o.tenant_id = $1 AND o.model_version = ${version} LIMIT ${AT_A_TIME}) RETURNING x.chunk_id`,
          [tenantId],
        );
        removed += returnedRows(rows).length;
      }
      return removed;
    });
  }

  private admin<Row>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql, parameters), { readOnly: true });
  }
}
