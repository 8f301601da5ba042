import { JobNotRetryable } from '@aegis/domain/jobs/job-errors';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { JobKind } from '../shared/job-queue';
import { ERASURE_DEADLINE_MS, INGESTION_DEADLINE_MS, type ReopenedJob } from '../shared/job-store';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import type { Transaction, UnitOfWork } from '../unit-of-work';
import type { JobView } from './job-reader';

const DEADLINES_MS: Readonly<Record<JobKind, number>> = {
  ingest_document: INGESTION_DEADLINE_MS,
  erase_document: ERASURE_DEADLINE_MS,
};

/**
 * Has work begun anew that failed for good. It is the same job from its first stage on, and its document is processed again from the same
 * commit on; what that costs is reserved by the work itself, as at the upload.
 */
export class RetryJob {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Throws JobNotRetryable, and NotFound where the tenant was deleted meanwhile. */
  async execute(call: AdminCall, job: JobView, complete: Completion<JobView> = unkeyed): Promise<JobView> {
    const retried = await this.uow
      .run(job.tenantId, async (tx) => {
        const reopened = await tx.jobs.reopen(job.id, DEADLINES_MS[job.kind]);
        if (reopened === null) throw new JobNotRetryable('it has not failed, or the same work is under way');
        await takeUp(tx, reopened);
        this.record(tx, job, reopened, call);
        const view = viewOf(job, reopened);
        await complete(tx, view);
        return view;
      })
      .catch(nothingOfTheDeleted);
    if (retried === null) throw new NotFound('job');
    call.recorded();
    return retried;
  }

  private record(tx: Transaction, { id: jobId }: JobView, { kind, documentId }: ReopenedJob, call: AdminCall): void {
    const { method, route, status, requestId, administrator } = call;
    const event = { type: 'job.retried', jobId, kind, documentId, call: { method, route, status, requestId } } as const;
    tx.record({ ...event, occurredAt: this.clock.now(), actor: administrator.actor });
  }
}

/** Jobs are locked before documents, as everybody does it. */
async function takeUp(tx: Transaction, { kind, documentId }: ReopenedJob): Promise<void> {
  const document = await tx.documents.find(documentId);
  switch (kind) {
    case 'ingest_document':
      if (document?.isFailed() !== true) throw new JobNotRetryable('its document has not failed');
      document.processAgain(); // an entry a call: that of the job says it
      await tx.documents.update(document);
      return;
    case 'erase_document':
      if (document?.isDeleting() !== true) throw new JobNotRetryable('there is nothing left to erase');
  }
}

const viewOf = (job: JobView, { dueAt, deadlineAt }: ReopenedJob): JobView => ({
  ...job,
  ...{ state: 'queued', stage: 'start', attempts: 0, errorCode: null, dueAt, leaseUntil: null, deadlineAt, endedAt: null },
});
