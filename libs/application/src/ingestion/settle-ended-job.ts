import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import { ERASURE_DEADLINE_MS } from '../shared/job-store';
import type { UnitOfWork } from '../unit-of-work';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 24 * 60 * 60_000;
const MESSAGES: Readonly<Record<string, string>> = {
  deadline: 'processing did not end in time',
  poison: 'processing ended the worker three times',
};

/**
 * The dispatcher ended a job (too late, or it killed its worker three times): its document must say so. An erasure was promised, so it is
 * begun again until it is done, each time later than the time before: what ends its worker must not do so for ever without a pause.
 */
export class SettleEndedJob {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  execute(tenantId: TenantId, jobId: string): Promise<void> {
    return this.uow.run(tenantId, async (tx) => {
      const ended = await tx.jobs.settle(jobId);
      const document = ended && (await tx.documents.find(ended.documentId));
      if (ended === null || document === null) return;
      if (ended.kind === 'erase_document') {
        if (!document.isDeleting()) return;
        const delayMs = Math.min(FIRST_PAUSE_MS * 4 ** (ended.times - 1), LONGEST_PAUSE_MS);
        const deadlineMs = delayMs + ERASURE_DEADLINE_MS;
        await tx.jobs.add({ id: this.ids.next(), kind: ended.kind, documentId: document.id, deadlineMs, delayMs });
        return;
      }
      if (document.toSnapshot().state.status !== 'processing') return;
      await tx.chunks.unstage(document.id);
      document.fail(
        { code: 'processing_failed', message: MESSAGES[ended.code] ?? ended.code, retryable: ended.code === 'deadline' },
        this.clock.now(),
      );
      await tx.documents.update(document);
    });
  }
}
