import type { Bell, JobKind } from '@aegis/application/shared/job-queue';
import { JobDispatch } from '@aegis/application/shared/job-store';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { returnedRows } from '../persistence/returned-rows';

interface RungJob {
  readonly tenant_id: string;
  readonly id: string;
  readonly kind: string;
  readonly epoch: number;
  readonly dispatch_no: number;
}

/** All tenants' jobs as `app_dispatch` sees them: who is due, never what it is about. */
export class PostgresJobDispatch extends JobDispatch {
  constructor(private readonly connections: Connections) {
    super();
  }

  async takeDue(limit: number, perTenant: number): Promise<readonly Bell[]> {
    const rows = await this.query<RungJob>(
      `WITH busy AS (
         SELECT tenant_id, kind, count(*) FILTER (WHERE lease_until >= clock_timestamp()) AS running,
                count(*) FILTER (WHERE lease_until IS NULL OR lease_until < clock_timestamp()) AS waiting
           FROM jobs
          WHERE state IN ('queued', 'running') AND (lease_until >= clock_timestamp() OR rung_at >= clock_timestamp() - interval '10 s')
          GROUP BY tenant_id, kind)
       UPDATE jobs j SET rung_at = clock_timestamp(), dispatch_no = dispatch_no + 1
         FROM (SELECT z.tenant_id, z.id FROM (
                 SELECT tenant_id, id, kind, due, row_number() OVER (PARTITION BY tenant_id, kind ORDER BY due, id) AS rn FROM jobs
                  WHERE state IN ('queued', 'running') AND due <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
                    AND (rung_at IS NULL OR rung_at < clock_timestamp() - interval '10 s')) z
                 LEFT JOIN busy b ON b.tenant_id = z.tenant_id AND b.kind = z.kind
                WHERE z.rn + coalesce(b.waiting, 0) <= $2
                ORDER BY z.rn + coalesce(b.waiting, 0) + coalesce(b.running, 0), z.due LIMIT $1) p
        WHERE j.tenant_id = p.tenant_id AND j.id = p.id AND j.state IN ('queued', 'running')
          AND (j.rung_at IS NULL OR j.rung_at < clock_timestamp() - interval '10 s')
       RETURNING j.tenant_id, j.id, j.kind, j.epoch, j.dispatch_no`,
      [limit, perTenant],
    );
    return rows.map((row) => ({
      tenantId: row.tenant_id as TenantId,
      jobId: row.id,
      kind: row.kind as JobKind,
      epoch: row.epoch,
      dispatchNo: row.dispatch_no,
    }));
  }

  async endForgotten(): Promise<void> {
    await this.query(
      `UPDATE jobs SET epoch = epoch + 1, state = CASE WHEN unclean >= 3 THEN 'quarantined' ELSE 'failed' END,
              error_code = CASE WHEN unclean >= 3 THEN 'poison' ELSE 'deadline' END
        WHERE state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < clock_timestamp())
          AND (unclean >= 3 OR clock_timestamp() >= deadline_at) RETURNING tenant_id`,
      [],
    );
  }

  async unsettled(limit: number): Promise<readonly Pick<Bell, 'tenantId' | 'jobId'>[]> {
    const rows = await this.query<{ tenant_id: string; id: string }>(
      `SELECT tenant_id, id FROM jobs WHERE state IN ('failed', 'quarantined') AND settled_at IS NULL ORDER BY due LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenantId: row.tenant_id as TenantId, jobId: row.id }));
  }

  private query<Row>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.connections.transaction('app_dispatch', async (manager) =>
      returnedRows<Row>(await manager.query<unknown>(sql, parameters)),
    );
  }
}
