import type { EntityManager } from 'typeorm';
import { AdminCallLog, type AdminCallEntry } from '@aegis/application/shared/admin-call-log';
import type { Clock } from '@aegis/application/shared/clock';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { PLATFORM_TRAIL } from './audit-changes';
import { PostgresAuditLog } from './postgres-audit-log';

export class PostgresAdminCallLog extends AdminCallLog {
  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
  ) {
    super();
  }

  append({ actor, ownTenant, target, requestId, ...about }: AdminCallEntry): Promise<void> {
    return this.connections.transaction('app_admin', async (manager) => {
      const trail = await existing(manager, ownTenant ?? target);
      await new PostgresAuditLog(manager, trail).append({
        type: 'admin.call',
        at: this.clock.now(),
        actor,
        subjectId: target ?? trail,
        details: { ...about, target, request_id: requestId },
      });
    });
  }
}

/** What names a tenant that does not exist, or none, is the platform's business. */
async function existing(manager: EntityManager, tenantId: TenantId | null): Promise<TenantId> {
  if (tenantId === null) return PLATFORM_TRAIL;
  const rows = await manager.query<unknown[]>('SELECT 1 FROM tenants WHERE id = $1 AND deleted_at IS NULL', [tenantId]);
  return rows.length === 1 ? tenantId : PLATFORM_TRAIL;
}
