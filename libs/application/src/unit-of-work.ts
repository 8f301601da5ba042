import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AuditLog } from './audit/audit-log';
import type { QueryRepository } from './answering/query-repository';
import type { TicketRepository } from './answering/ticket-repository';
import type { DocumentRepository } from './documents/document-repository';
import type { ChunkIndex } from './ingestion/chunk-index';
import type { AegisEvent } from './aegis-event';
import type { IdempotencyRepository } from './shared/idempotency-repository';
import type { JobStore } from './shared/job-store';
import type { Outbox } from './shared/outbox';
import type { UsageLedger } from './usage/usage-ledger';

/** Everything of one tenant, in one transaction. Repositories exist only here. */
export interface Transaction {
  readonly documents: DocumentRepository;
  readonly chunks: ChunkIndex;
  readonly jobs: JobStore;
  readonly queries: QueryRepository;
  readonly tickets: TicketRepository;
  readonly usage: UsageLedger;
  readonly audit: AuditLog;
  readonly outbox: Outbox;
  readonly idempotency: IdempotencyRepository;
  /** For what happened without an aggregate; aggregates hand their events over themselves. */
  record(event: AegisEvent): void;
}

/**
 * The only way to a tenant's rows. Implementations keep: the database itself knows the tenant; events are written to the outbox and their
 * `within` reactions run in the same transaction; all or nothing; a unit inside a unit is refused. Never await a model, a file or a
 * network call inside `work`.
 */
export abstract class UnitOfWork {
  abstract run<T>(tenantId: TenantId, work: (tx: Transaction) => Promise<T>): Promise<T>;
}
