import { LRUCache } from 'lru-cache';
import type { Page, PageRequest } from '@aegis/application/shared/page';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import type { ApiKeyProps } from '@aegis/domain/tenants/api-key';
import type { TenantProps } from '@aegis/domain/tenants/tenant';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantSettings } from '@aegis/domain/tenants/tenant-settings';
import type { Connections } from '../persistence/connections';
import { POSITION_COLUMNS, afterClause, afterParameters, pageOf, type PositionedRow } from '../persistence/page-sql';
import type { TenantDatabase } from '../persistence/tenant-database';
import { propsOf as keyProps, type ApiKeyRow } from './api-key-row';
import { loadSettings, propsOf, type TenantRow } from './tenant-row';

const SETTINGS_TTL_MS = 4_000;

const TENANT = `t.id, t.name, t.is_active AS "isActive", t.monthly_quota_micro_usd AS "monthlyQuota", t.settings, t.active_model AS "activeModel",
  t.created_at AS "createdAt", t.deleted_at AS "deletedAt", t.revision`;
const KEY = `k.tenant_id AS "tenantId", k.id, k.lookup_id AS "lookupId", k.name, k.mode, k.digest, k.scopes, k.created_at AS "createdAt",
  k.expires_at AS "expiresAt", k.not_after AS "notAfter", k.revoked_at AS "revokedAt", k.last_used_at AS "lastUsedAt"`;

export class PostgresTenantReader extends TenantReader {
  private readonly known = new LRUCache<TenantId, TenantSettings>({ max: 10_000, ttl: SETTINGS_TTL_MS });

  constructor(
    private readonly connections: Connections,
    private readonly database: TenantDatabase,
  ) {
    super();
  }

  async list(page: PageRequest): Promise<Page<TenantProps>> {
    const rows = await this.admin<TenantRow & PositionedRow>(
      `SELECT ${TENANT}, ${POSITION_COLUMNS('t.created_at', 't.id')} FROM tenants t
        WHERE t.deleted_at IS NULL AND ${afterClause('t.created_at', 't.id', 1)} ORDER BY t.created_at DESC, t.id DESC LIMIT $3`,
      [...afterParameters(page), page.limit + 1],
    );
    return pageOf(rows, page, propsOf);
  }

  async find(id: TenantId): Promise<TenantProps | null> {
    const [row] = await this.admin<TenantRow>(`SELECT ${TENANT} FROM tenants t WHERE t.id = $1 AND t.deleted_at IS NULL`, [id]);
    return row === undefined ? null : propsOf(row);
  }

  async apiKeys(tenantId: TenantId, page: PageRequest): Promise<Page<ApiKeyProps>> {
    const rows = await this.admin<ApiKeyRow & PositionedRow>(
      `SELECT ${KEY}, ${POSITION_COLUMNS('k.created_at', 'k.id')} FROM api_keys k
        WHERE k.tenant_id = $1 AND ${afterClause('k.created_at', 'k.id', 2)} ORDER BY k.created_at DESC, k.id DESC LIMIT $4`,
      [tenantId, ...afterParameters(page), page.limit + 1],
    );
    return pageOf(rows, page, ({ page_at: _at, page_id: _id, ...row }) => keyProps(row));
  }

  retentions(): Promise<readonly { tenantId: TenantId; days: number }[]> {
    return this.admin<{ tenantId: TenantId; days: number }>(
      `SELECT t.id AS "tenantId", (t.settings ->> 'retention_days')::int AS days FROM tenants t
        WHERE t.deleted_at IS NULL AND t.settings ->> 'retention_days' IS NOT NULL ORDER BY t.id`,
      [],
    );
  }

  async fate(id: TenantId): Promise<'living' | 'deleted' | 'unknown'> {
    const [row] = await this.admin<{ deleted: boolean }>('SELECT t.deleted_at IS NOT NULL AS deleted FROM tenants t WHERE t.id = $1', [id]);
    if (row === undefined) return 'unknown';
    return row.deleted ? 'deleted' : 'living';
  }

  async settings(tenantId: TenantId): Promise<TenantSettings> {
    const known = this.known.get(tenantId);
    if (known !== undefined) return known;
    const rows = await this.database.transaction(
      tenantId,
      (manager) => manager.query<Pick<TenantRow, 'settings'>[]>('SELECT settings FROM tenants WHERE id = $1', [tenantId]),
      { readOnly: true },
    );
    const settings = loadSettings(rows[0]?.settings ?? {});
    this.known.set(tenantId, settings);
    return settings;
  }

  private admin<Row>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql, parameters), { readOnly: true });
  }
}
