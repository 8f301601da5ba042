import type { EntityManager } from 'typeorm';
import { entryOfCall } from '@aegis/application/audit/entry-of-call';
import { platformReactionsTo, type PlatformEvent, type Reactions } from '@aegis/application/reactions';
import type { AdminCall } from '@aegis/application/shared/administrator';
import type { AuditEntry } from '@aegis/domain/audit/audit-entry';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PLATFORM_PLACE } from '../idempotency/postgres-idempotency-repository';
import { PostgresAuditLog } from './postgres-audit-log';

/** The platform's own trail stands where no tenant is. */
export const PLATFORM_TRAIL = TenantId.parse(PLATFORM_PLACE);

type Entries = [AuditEntry, ...AuditEntry[]];

/** Writes down what happened in a transaction of the platform: an entry for each event, or one a trail for all that a call did. */
export async function auditChanges(
  manager: EntityManager,
  reactions: Reactions,
  events: readonly PlatformEvent[],
  call: AdminCall | undefined,
): Promise<void> {
  const trails = new Map<TenantId, Entries>();
  for (const event of events) {
    const trail = event.tenantId ?? PLATFORM_TRAIL;
    const append = (entry: AuditEntry): Promise<void> => {
      const entries = trails.get(trail);
      if (entries === undefined) trails.set(trail, [entry]);
      else entries.push(entry);
      return Promise.resolve();
    };
    for (const reaction of platformReactionsTo(reactions, event).within) await reaction({ audit: { append } }, event);
  }
  for (const [trail, entries] of trails) {
    const log = new PostgresAuditLog(manager, trail);
    for (const entry of call === undefined ? entries : [entryOfCall(entries, call)]) await log.append(entry);
  }
}
