import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { Bell, JobKind } from './job-queue';

/**
 * From upload to an end, whatever happens in between: later the document fails with a reason. Days, because a queue may be long and a
 * server may be down; how long one attempt may work is the job store's limit.
 */
export const INGESTION_DEADLINE_MS = 7 * 24 * 60 * 60_000;
/** From the deletion of a document to its last byte. */
export const ERASURE_DEADLINE_MS = 24 * 60 * 60_000;

export interface NewJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly documentId: DocumentId;
  /** From now; after that the dispatcher ends the job. */
  readonly deadlineMs: number;
  /** From now; before that nobody may claim it. */
  readonly delayMs?: number;
}

/** A claimed job: whoever holds it writes under this epoch only. */
export interface ClaimedJob {
  readonly id: string;
  readonly documentId: DocumentId;
  readonly epoch: number;
  readonly attempts: number;
  /** Last stage that was finished. */
  readonly stage: string;
}

export interface EndedJob {
  readonly kind: JobKind;
  readonly documentId: DocumentId;
  readonly code: string;
  /** How often the dispatcher has ended this work of the document, this time included. */
  readonly times: number;
}

/** A job that had ended and is due again, from its first stage on. */
export interface ReopenedJob {
  readonly kind: JobKind;
  readonly documentId: DocumentId;
  readonly dueAt: Date;
  readonly deadlineAt: Date;
}

/** The lease went to somebody else, or the job was ended: stop, write nothing. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Jobs of the tenant of the transaction; the row is the truth, its time is the database's. */
export interface JobStore {
  /** False when the same work is open already: it will be done by that job. */
  add(job: NewJob): Promise<boolean>;
  /** Null when the job is not due, held by a live lease, ended or not this tenant's. */
  claim(jobId: string): Promise<ClaimedJob | null>;
  /** First statement of a stage's transaction; throws LeaseLost. */
  fence(job: ClaimedJob): Promise<void>;
  /** Extends the lease; throws LeaseLost, also when the attempt or the job has taken too long. */
  heartbeat(job: ClaimedJob): Promise<void>;
  /** Remembers a finished stage; a retry goes on behind it. */
  advance(job: ClaimedJob, stage: string): Promise<void>;
  retryLater(job: ClaimedJob, delayMs: number): Promise<void>;
  /** Ends the job. */
  finish(job: ClaimedJob, outcome: { readonly state: 'done' } | { readonly state: 'failed'; readonly code: string }): Promise<void>;
  /** Takes the work of a document away from whoever holds it. */
  cancelFor(documentId: DocumentId): Promise<void>;
  /** The work of a job that the dispatcher ended, marked as settled; null when it is settled already. */
  settle(jobId: string): Promise<EndedJob | null>;
  /** Begins a job anew that failed and whose document was told; null for any other, and where the same work is open already. */
  reopen(jobId: string, deadlineMs: number): Promise<ReopenedJob | null>;
}

/** The dispatcher's view over all tenants: columns of jobs, never content. */
export abstract class JobDispatch {
  /**
   * Marks due jobs as rung and returns them: of tenants with the least work under way first, the oldest of a tenant first. Of one tenant
   * and kind never more than `perTenant` wait for a worker.
   */
  abstract takeDue(limit: number, perTenant: number): Promise<readonly Bell[]>;
  /** Ends jobs past their deadline and jobs that died three times. */
  abstract endForgotten(): Promise<void>;
  /** Ended jobs whose documents have not been told yet. */
  abstract unsettled(limit: number): Promise<readonly Pick<Bell, 'tenantId' | 'jobId'>[]>;
}
