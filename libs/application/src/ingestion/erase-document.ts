import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { Clock } from '../shared/clock';
import type { Bell } from '../shared/job-queue';
import { LeaseLost } from '../shared/job-store';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import type { ObjectStore } from '../shared/object-store';
import { withLater } from '../shared/with-later';
import type { UnitOfWork } from '../unit-of-work';

const RETRY_MS = 5_000;

/** Removes file, rows, vectors and postings of a deleted version; what remains is a bare row, file name and number, that shadows older versions. */
export class EraseDocument {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly objects: ObjectStore,
    private readonly clock: Clock,
  ) {}

  async execute(bell: Bell): Promise<void> {
    const job = await this.uow.run(bell.tenantId, (tx) => tx.jobs.claim(bell.jobId)).catch(nothingOfTheDeleted);
    if (job === null) return;
    try {
      // The file first: were the rows first and the process to die, nobody would know any more that there is a file.
      await this.objects.delete(bell.tenantId, job.documentId);
      await this.uow.run(bell.tenantId, async (tx) => {
        await tx.chunks.lock();
        await tx.jobs.fence(job);
        const chunkCount = await tx.chunks.erase(job.documentId);
        await tx.idempotency.forgetDocument(job.documentId); // once more: a query may have been at work when the document was deleted
        await tx.jobs.finish(job, { state: 'done' });
        const event = { type: 'document.erased', actor: { kind: 'system' }, documentId: job.documentId, chunkCount } as const;
        tx.record({ ...event, occurredAt: this.clock.now() });
      });
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof TenantGone) return; // somebody else erases it, or all of its tenant
      throw await this.uow
        .run(bell.tenantId, (tx) => tx.jobs.retryLater(job, RETRY_MS))
        .then(
          () => error,
          (later: unknown) => withLater(error, later),
        );
    }
  }
}
