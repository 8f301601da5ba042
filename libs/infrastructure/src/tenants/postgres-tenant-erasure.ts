import type { EntityManager } from 'typeorm';
import { platformReactionsTo, type Reactions } from '@aegis/application/reactions';
import { TenantErasure, type Erasure } from '@aegis/application/tenants/tenant-erasure';
import type { TenantEvent } from '@aegis/domain/tenants/tenant-events';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresAuditLog } from '../audit/postgres-audit-log';
import type { Connections } from '../persistence/connections';
import { returnedRows } from '../persistence/returned-rows';
import { BELONGINGS, BOOKS, leftIn, removeFrom, TENANT_TABLES, type ErasedTable } from './erasure-sql';

const LEASE = `clock_timestamp() + interval '60 s'`;
/** How soon what could not be ended is looked at again. */
const AGAIN = `clock_timestamp() + interval '2 s'`;

/** Acts as `app_eraser`. The tombstone in `tenants` is the job: who works on it, since when, and how far it is. */
export class PostgresTenantErasure extends TenantErasure {
  constructor(
    private readonly connections: Connections,
    private readonly reactions: Reactions,
  ) {
    super();
  }

  async next(): Promise<Erasure | null> {
    const [row] = await this.run((manager) =>
      rows<{ id: string; books: boolean }>(
        manager,
        `UPDATE tenants t SET erasure_lease_until = ${LEASE}
          WHERE t.id = (SELECT d.id FROM tenants d
                  WHERE d.deleted_at IS NOT NULL AND d.purged_at IS NULL AND (d.erased_at IS NULL OR d.retain_until < clock_timestamp())
                    AND (d.erasure_lease_until IS NULL OR d.erasure_lease_until < clock_timestamp())
                  ORDER BY d.erasure_lease_until NULLS FIRST, d.deleted_at LIMIT 1)
            AND (t.erasure_lease_until IS NULL OR t.erasure_lease_until < clock_timestamp())
         RETURNING t.id, t.erased_at IS NOT NULL AS books`,
        [],
      ),
    );
    return row === undefined ? null : { tenantId: row.id as TenantId, of: row.books ? 'books' : 'belongings' };
  }

  eraseSome({ tenantId, of }: Erasure): Promise<number> {
    return this.run(async (manager) => {
      await manager.query(`UPDATE tenants SET erasure_lease_until = ${LEASE} WHERE id = $1`, [tenantId]);
      for (const table of tablesOf(of)) {
        const [removed] = await rows<{ count: string }>(manager, removeFrom(table), [tenantId]);
        if (Number(removed?.count ?? 0) > 0) return Number(removed?.count);
      }
      return 0;
    });
  }

  /**
   * A transaction that passed the check of its tenant just before the deletion may commit after it. So the first time that nothing is left
   * only marks a point in time; the erasure ends when every transaction from before it has ended, and still nothing is left.
   */
  finish({ tenantId, of }: Erasure, at: Date): Promise<boolean> {
    return this.run(async (manager) => {
      const [tombstone] = await rows<{ deletion_id: string; alone: boolean | null }>(
        manager,
        `SELECT deletion_id, erasure_horizon < pg_snapshot_xmin(pg_current_snapshot()) AS alone FROM tenants WHERE id = $1`,
        [tenantId],
      );
      const isEmpty = !(await this.isAnythingLeft(manager, tenantId, of));
      if (!isEmpty || tombstone?.alone !== true) {
        const horizon = isEmpty ? ', erasure_horizon = coalesce(erasure_horizon, pg_current_xact_id())' : '';
        await manager.query(`UPDATE tenants SET erasure_lease_until = ${AGAIN}${horizon} WHERE id = $1`, [tenantId]);
        return false;
      }
      const column = of === 'belongings' ? 'erased_at' : 'purged_at';
      const done = await rows(
        manager,
        `UPDATE tenants SET ${column} = clock_timestamp(), erasure_lease_until = NULL WHERE id = $1 AND ${column} IS NULL RETURNING id`,
        [tenantId],
      );
      if (done.length === 0) return false; // somebody else was quicker
      if (of === 'belongings') {
        const deletionId = tombstone.deletion_id;
        await this.record(manager, { type: 'tenant.erased', occurredAt: at, actor: { kind: 'system' }, tenantId, deletionId });
      }
      return true;
    });
  }

  /** In every table with a tenant, also in one that nobody taught the eraser: then the erasure never ends, and says so. */
  private async isAnythingLeft(manager: EntityManager, tenantId: TenantId, of: Erasure['of']): Promise<boolean> {
    const known = new Map(BOOKS.map((table) => [table.name, table] as const));
    for (const { name } of await rows<{ name: string }>(manager, TENANT_TABLES, [])) {
      const left = await rows(manager, leftIn(of === 'belongings' ? (known.get(name) ?? { name, stays: false }) : { name, stays: false }), [
        tenantId,
      ]);
      if (left.length > 0) return true;
    }
    return false;
  }

  private async record(manager: EntityManager, event: TenantEvent): Promise<void> {
    const audit = new PostgresAuditLog(manager, event.tenantId);
    for (const reaction of platformReactionsTo(this.reactions, event).within) await reaction({ audit }, event);
  }

  private run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.connections.transaction('app_eraser', work);
  }
}

/** At the end of the retention everything goes, in case that something came to be there since. */
const tablesOf = (of: Erasure['of']): readonly ErasedTable[] =>
  of === 'belongings'
    ? [...BELONGINGS, ...BOOKS.filter(({ stays }) => stays !== true)]
    : [...BELONGINGS, ...BOOKS.map(({ name }) => ({ name, stays: false }))];

const rows = async <Row>(manager: EntityManager, sql: string, parameters: unknown[]): Promise<readonly Row[]> =>
  returnedRows<Row>(await manager.query<unknown>(sql, parameters));
