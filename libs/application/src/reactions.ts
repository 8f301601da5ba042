import type { AdministratorEvent } from '@aegis/domain/administrators/administrator-events';
import type { TenantEvent } from '@aegis/domain/tenants/tenant-events';
import type { AegisEvent } from './aegis-event';
import type { AuditLog } from './audit/audit-log';
import { recordAudit } from './audit/record-audit';
import { recordIngestion, recordQueryUsage } from './usage/record-usage';
import type { Transaction } from './unit-of-work';

/** What the platform's transaction records. */
export type PlatformEvent = TenantEvent | AdministratorEvent;

/** What the transaction of an event offers: tenants are changed by the platform, whose transaction can only append to the audit trail. */
type TransactionOf<Event> = Event extends PlatformEvent ? { readonly audit: AuditLog } : Transaction;
type Reaction<Event> = (tx: TransactionOf<Event>, event: Event) => Promise<void>;

export interface ReactionsTo<Event> {
  /** In the transaction that recorded the event: both happen or neither does. */
  readonly within: readonly Reaction<Event>[];
  /** From the outbox, at least once, each in a transaction of its own: must be idempotent. */
  readonly after: readonly Reaction<Event>[];
}

export type Reactions = { readonly [Type in AegisEvent['type']]: ReactionsTo<Extract<AegisEvent, { type: Type }>> };

/** Who reacts to what, all of it. A new event does not compile until it has a line here. */
export const reactions: Reactions = {
  'tenant.created': { within: [recordAudit], after: [] },
  'tenant.changed': { within: [recordAudit], after: [] },
  'tenant.deleted': { within: [recordAudit], after: [] },
  'tenant.erased': { within: [recordAudit], after: [] },
  'api_key.issued': { within: [recordAudit], after: [] },
  'api_key.rotated': { within: [recordAudit], after: [] },
  'api_key.revoked': { within: [recordAudit], after: [] },
  'administrator.appointed': { within: [recordAudit], after: [] },
  'administrator.revoked': { within: [recordAudit], after: [] },
  'document.uploaded': { within: [recordAudit], after: [] },
  'document.reprocessed': { within: [recordAudit], after: [] },
  'document.processed': { within: [recordAudit], after: [recordIngestion] },
  'document.failed': { within: [recordAudit], after: [] },
  'document.deleted': { within: [recordAudit], after: [] },
  'document.erased': { within: [recordAudit], after: [] },
  'job.retried': { within: [recordAudit], after: [] },
  'query.completed': { within: [recordAudit, recordQueryUsage], after: [] },
  'query.replayed': { within: [recordAudit], after: [] },
};

/** The same for the platform's transaction. */
export const platformReactionsTo = (table: Reactions, event: PlatformEvent): ReactionsTo<PlatformEvent> =>
  table[event.type] as unknown as ReactionsTo<PlatformEvent>;

/** The line of an event whose type is known only at run time; each line was checked where it is written. */
export const reactionsTo = (table: Reactions, event: AegisEvent): ReactionsTo<AegisEvent> =>
  table[event.type] as unknown as ReactionsTo<AegisEvent>;
