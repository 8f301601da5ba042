import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Reactions } from '@aegis/application/reactions';
import type { AdminCall } from '@aegis/application/shared/administrator';
import { PlatformUnitOfWork, type PlatformTransaction } from '@aegis/application/tenants/tenant-repository';
import type { ApiKey } from '@aegis/domain/tenants/api-key';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { periodOf } from '@aegis/domain/shared/reservation';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import type { Deletion, Tenant, TenantProps } from '@aegis/domain/tenants/tenant';
import type { TenantEvent } from '@aegis/domain/tenants/tenant-events';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { auditChanges } from '../audit/audit-changes';
import { PLATFORM_PLACE, PostgresIdempotencyRepository } from '../idempotency/postgres-idempotency-repository';
import type { ActiveModel } from '../persistence/active-model';
import type { Connections } from '../persistence/connections';
import { returnedRows } from '../persistence/returned-rows';
import * as apiKeyRow from './api-key-row';
import * as tenantRow from './tenant-row';

/** Acts as `app_admin`: reads across tenants, writes tenants and keys, never content. Every change lands in the audit trail of its tenant. */
export class PostgresPlatformUnitOfWork extends PlatformUnitOfWork {
  constructor(
    private readonly connections: Connections,
    private readonly reactions: Reactions,
    private readonly model: ActiveModel,
  ) {
    super();
  }

  async run<T>(work: (tx: PlatformTransaction) => Promise<T>, call?: AdminCall): Promise<T> {
    const events: TenantEvent[] = [];
    const result = await this.connections.transaction('app_admin', async (manager) => {
      const done = await work({
        tenants: new TenantsOfPlatform(manager, this.model, events),
        apiKeys: new ApiKeysOfPlatform(manager, events),
        idempotency: new PostgresIdempotencyRepository(manager, PLATFORM_PLACE),
      });
      await auditChanges(manager, this.reactions, events, call);
      return done;
    });
    if (events.length > 0) call?.recorded();
    return result;
  }
}

class TenantsOfPlatform {
  constructor(
    private readonly manager: EntityManager,
    private readonly model: ActiveModel,
    private readonly events: TenantEvent[],
  ) {}

  async add(tenant: Tenant): Promise<void> {
    const props = tenant.toSnapshot();
    await this.manager.insert(tenantRow.TenantTable, tenantRow.toRow(tenant, this.model.version));
    await this.manager.query('INSERT INTO tenant_stats (tenant_id) VALUES ($1)', [props.id]);
    await this.manager.query('INSERT INTO audit_heads (tenant_id, genesis, hash) VALUES ($1, $2, $2)', [props.id, genesis(props)]);
    this.events.push(...tenant.takeEvents());
  }

  async update(tenant: Tenant): Promise<void> {
    const { id, revision, name, isActive, monthlyQuota, settings } = tenantRow.toRow(tenant, this.model.version);
    const changes = { name, isActive, monthlyQuota, settings, revision: revision + 1 };
    const { affected } = await this.manager.update(tenantRow.TenantTable, { id, revision }, changes);
    if (affected !== 1) throw new ConcurrentChange('tenant');
    // What is used or set aside already cannot be taken back: the month's limit never goes below it.
    await this.manager.query('UPDATE budgets SET limit_micro_usd = greatest($3, reserved + spent) WHERE tenant_id = $1 AND period = $2', [
      id,
      periodOf(new Date()),
      monthlyQuota,
    ]);
    this.events.push(...tenant.takeEvents());
  }

  async delete(tenant: Tenant, { deletionId, retentionDays }: Deletion): Promise<void> {
    const { id, revision, name, isActive, settings } = tenantRow.toRow(tenant, this.model.version);
    const deleted = await this.manager.query<unknown>(
      `UPDATE tenants SET name = $3, is_active = $4, settings = $5, revision = revision + 1, deletion_id = $6, deleted_at = clock_timestamp(),
              retain_until = clock_timestamp() + $7 * interval '1 day'
        WHERE id = $1 AND revision = $2 AND deleted_at IS NULL RETURNING id`,
      [id, revision, name, isActive, settings, deletionId, retentionDays],
    );
    if (returnedRows(deleted).length !== 1) throw new ConcurrentChange('tenant');
    this.events.push(...tenant.takeEvents());
  }

  async find(id: TenantId): Promise<Tenant | null> {
    const row = await this.manager.findOneBy(tenantRow.TenantTable, { id });
    return row === null || row.deletedAt !== null ? null : tenantRow.fromRow(row);
  }
}

class ApiKeysOfPlatform {
  constructor(
    private readonly manager: EntityManager,
    private readonly events: TenantEvent[],
  ) {}

  async add(key: ApiKey): Promise<void> {
    await this.manager.insert(apiKeyRow.ApiKeyTable, apiKeyRow.toRow(key));
    this.events.push(...key.takeEvents());
  }

  async update(key: ApiKey): Promise<void> {
    const { tenantId, id, revokedAt, notAfter } = apiKeyRow.toRow(key);
    await this.manager.update(apiKeyRow.ApiKeyTable, { tenantId, id }, { revokedAt, notAfter });
    this.events.push(...key.takeEvents());
  }

  async find(tenantId: TenantId, id: ApiKeyId): Promise<ApiKey | null> {
    const row = await this.manager.findOne(apiKeyRow.ApiKeyTable, { where: { tenantId, id }, lock: { mode: 'pessimistic_write' } });
    return row && apiKeyRow.fromRow(row);
  }
}

const genesis = ({ id, createdAt }: TenantProps): Buffer =>
  createHash('sha256').update(`AEGIS-AUDIT-1\0${id}\0${createdAt.toISOString()}`).digest();
