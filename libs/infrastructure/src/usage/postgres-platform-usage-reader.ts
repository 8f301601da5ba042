import type { Page, PageRequest } from '@aegis/application/shared/page';
import { PlatformUsageReader, type TenantUsage } from '@aegis/application/usage/platform-usage-reader';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { POSITION_COLUMNS, afterClause, afterParameters, pageOf, type PositionedRow } from '../persistence/page-sql';

interface Row extends PositionedRow {
  readonly id: TenantId;
  readonly name: string | null;
  readonly isActive: boolean;
  readonly quota: string;
  readonly spent: string;
  readonly reserved: string;
  readonly queries: string;
  readonly refused: string;
}

/** Figures of tenants, read as `app_admin`; never what they asked. */
export class PostgresPlatformUsageReader extends PlatformUsageReader {
  constructor(private readonly connections: Connections) {
    super();
  }

  async list(from: Date, until: Date, only: TenantId | null, page: PageRequest): Promise<Page<TenantUsage>> {
    const rows = await this.connections.transaction(
      'app_admin',
      (manager) => manager.query<Row[]>(USAGE, [from, until, only, ...afterParameters(page), page.limit + 1]),
      { readOnly: true },
    );
    return pageOf(rows, page, usageOf);
  }
}

/** The page of tenants first, then the sums of each: a tenant's own indexes serve them. */
const USAGE = `
  SELECT p.*, u.spent, r.reserved, q.queries, q.refused
    FROM (SELECT t.id, CASE WHEN t.deleted_at IS NULL THEN t.name END AS name, t.is_active AS "isActive", t.monthly_quota_micro_usd AS quota, t.created_at, ${POSITION_COLUMNS('t.created_at', 't.id')}
            FROM tenants t WHERE (t.deleted_at IS NULL OR EXISTS (
                   SELECT FROM usage_records s WHERE s.tenant_id = t.id AND s.at >= $1::timestamptz AND s.at < $2::timestamptz))
             AND ($3::uuid IS NULL OR t.id = $3) AND ${afterClause('t.created_at', 't.id', 4)}
           ORDER BY t.created_at DESC, t.id DESC LIMIT $6) p,
    LATERAL (SELECT coalesce(sum(cost_micro_usd), 0) AS spent FROM usage_records WHERE tenant_id = p.id AND at >= $1::timestamptz AND at < $2::timestamptz) u,
    LATERAL (SELECT coalesce(sum(reserved), 0) AS reserved FROM budgets WHERE tenant_id = p.id
                AND period >= date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC') AND period < $2::timestamptz AT TIME ZONE 'UTC') r,
    LATERAL (SELECT count(*) AS queries, count(*) FILTER (WHERE refused) AS refused FROM queries
              WHERE tenant_id = p.id AND asked_at >= $1::timestamptz AND asked_at < $2::timestamptz) q
   ORDER BY p.created_at DESC, p.id DESC`;

const money = (amount: string): MicroUsd => MicroUsd.of(Number(amount));

const usageOf = ({ id, name, isActive, quota, spent, reserved, queries, refused }: Row): TenantUsage => ({
  tenantId: id,
  name,
  isActive,
  monthlyQuota: money(quota),
  totalCost: money(spent),
  reserved: money(reserved),
  queries: Number(queries),
  refusedQueries: Number(refused),
});
