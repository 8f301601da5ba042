import type { EntityManager } from 'typeorm';
import type { AegisEvent } from '@aegis/application/aegis-event';
import { reactionsTo, type Reactions } from '@aegis/application/reactions';
import { allEnded } from '@aegis/application/shared/all-ended';
import type { Transaction } from '@aegis/application/unit-of-work';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresQueryRepository } from '../answering/postgres-query-repository';
import { PostgresTicketRepository } from '../answering/postgres-ticket-repository';
import { PostgresAuditLog } from '../audit/postgres-audit-log';
import { PostgresDocumentRepository } from '../documents/postgres-document-repository';
import { PostgresIdempotencyRepository } from '../idempotency/postgres-idempotency-repository';
import { PostgresChunkIndex } from '../ingestion/postgres-chunk-index';
import { PostgresJobStore } from '../queue/postgres-job-store';
import { PostgresUsageLedger } from '../usage/postgres-usage-ledger';
import type { ActiveModel } from './active-model';
import { PostgresOutbox } from './postgres-outbox';

/** One tenant's repositories on one open transaction; collects events until the end of the work. */
export class PostgresTransaction implements Transaction {
  private readonly events: AegisEvent[] = [];
  /** Of the events so many were reacted to. */
  private reacted = 0;
  readonly documents: PostgresDocumentRepository;
  readonly chunks: PostgresChunkIndex;
  readonly jobs: PostgresJobStore;
  readonly queries: PostgresQueryRepository;
  readonly tickets: PostgresTicketRepository;
  readonly usage: PostgresUsageLedger;
  readonly audit: PostgresAuditLog;
  readonly outbox: PostgresOutbox;
  readonly idempotency: PostgresIdempotencyRepository;
  /** A job was added or an event waits: no need to wait for the next sweep. */
  dispatcherHasWork = false;

  constructor(manager: EntityManager, tenantId: TenantId, model: ActiveModel) {
    this.documents = new PostgresDocumentRepository(manager, tenantId, (event) => this.record(event));
    this.chunks = new PostgresChunkIndex(manager, tenantId, model);
    this.jobs = new PostgresJobStore(manager, tenantId, () => (this.dispatcherHasWork = true));
    this.queries = new PostgresQueryRepository(manager, tenantId, model);
    this.tickets = new PostgresTicketRepository(manager, tenantId);
    this.usage = new PostgresUsageLedger(manager, tenantId);
    this.audit = new PostgresAuditLog(manager, tenantId);
    this.outbox = new PostgresOutbox(manager, tenantId);
    this.idempotency = new PostgresIdempotencyRepository(manager, tenantId);
  }

  get recorded(): readonly AegisEvent[] {
    return this.events;
  }

  record(event: AegisEvent): void {
    this.events.push(event);
  }

  /** To what was recorded since the last time: outbox rows for what is delivered later, and what must happen in this transaction. None of it waits for another. */
  async react(reactions: Reactions): Promise<void> {
    const news = this.events.slice(this.reacted);
    this.reacted = this.events.length;
    const reacting = news.flatMap((event) => {
      const { within, after } = reactionsTo(reactions, event);
      if (after.length > 0) this.dispatcherHasWork = true;
      return [...(after.length > 0 ? [this.outbox.add(event)] : []), ...within.map((reaction) => reaction(this, event))];
    });
    await allEnded(reacting);
  }
}
