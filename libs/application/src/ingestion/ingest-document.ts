import type { DocumentId } from '@aegis/domain/documents/document-id';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import { DomainError } from '@aegis/domain/shared/domain-error';
import { languageOf, majorityLanguage } from '@aegis/domain/ingestion/language';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import { ProviderError } from '../providers/provider-error';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import type { Bell } from '../shared/job-queue';
import { LeaseLost, type ClaimedJob } from '../shared/job-store';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import { withLater } from '../shared/with-later';
import type { UnitOfWork } from '../unit-of-work';
import type { IngestedDocument, IngestionDraft, IngestionWork, StageName } from './ingestion-work';
import { underLease } from './lease';
import type { IngestionPipeline } from './pipeline';

const MAX_ATTEMPTS = 5;
const FIRST_RETRY_MS = 2_000;

/** Shown to the document's owner. */
interface IngestionFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** How an attempt ended; why, where it did not end well. */
export type IngestionOutcome =
  /** Skipped: rung twice, held by somebody else, or deleted. */
  | { readonly outcome: 'done' | 'skipped' }
  | {
      /** Retried: another attempt follows by itself. */
      readonly outcome: 'retried' | 'failed';
      readonly documentId: DocumentId;
      readonly attempt: number;
      readonly code: string;
      readonly cause: unknown;
    };

/** Claims the job of a document, takes it through the pipeline and publishes its version. Every document ends completed or with a reason. */
export class IngestDocument {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly pipeline: IngestionPipeline,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(bell: Bell, signal: AbortSignal): Promise<IngestionOutcome> {
    const claimed = await this.uow
      .run(bell.tenantId, async (tx) => {
        const job = await tx.jobs.claim(bell.jobId);
        return job && { job, document: (await tx.documents.find(job.documentId))?.toSnapshot() };
      })
      .catch(nothingOfTheDeleted);
    if (claimed?.document === undefined) return { outcome: 'skipped' };
    const { job, document } = claimed;
    try {
      await underLease(this.uow, bell.tenantId, job, signal, (leased) => this.process(document, job, leased));
      return { outcome: 'done' };
    } catch (error) {
      return await this.giveUp(document, job, error, signal.aborted);
    }
  }

  private async process(document: IngestedDocument, job: ClaimedJob, signal: AbortSignal): Promise<void> {
    const workAt = (stage: StageName): IngestionWork => ({
      document,
      job,
      signal,
      report: (done, total) =>
        this.uow.run(document.tenantId, async (tx) => {
          await tx.jobs.fence(job);
          await tx.documents.showProgress(document.id, { stage, done, total });
        }),
    });
    await this.pipeline.run(workAt, job.stage, (stage, draft) => this.remember(document, job, stage, draft));
    await this.publish(document, job);
  }

  private remember(document: IngestedDocument, job: ClaimedJob, stage: StageName, draft: IngestionDraft): Promise<void> {
    // Reading a long document takes a while: not in the transaction, where others wait for it.
    const language = stage === 'index' ? majorityLanguage(draft.chunks.map((chunk) => languageOf(chunk.content))) : null;
    return this.uow.run(document.tenantId, async (tx) => {
      await tx.jobs.fence(job);
      await tx.jobs.advance(job, stage);
      if (language === null) return;
      await tx.documents.describeContent(document.id, { language, pageCount: draft.pageCount, warnings: draft.warnings });
    });
  }

  /** The version switch, the end of the job and the event: all or nothing. */
  private publish(document: IngestedDocument, job: ClaimedJob): Promise<void> {
    return this.uow.run(document.tenantId, async (tx) => {
      // The tenant's lock, then the job, then documents: the order of everybody who takes more than one of them.
      await tx.chunks.lock();
      await tx.jobs.fence(job);
      const published = await tx.chunks.publish(document.id);
      await tx.jobs.finish(job, { state: 'done' });
      tx.record({
        type: 'document.processed',
        occurredAt: this.clock.now(),
        actor: { kind: 'system' },
        documentId: document.id,
        chunkCount: published.chunkCount,
        pageCount: published.pageCount,
        isLatest: published.isLatest,
        epoch: published.epoch,
        usageId: this.ids.next(),
      });
    });
  }

  private async giveUp(document: IngestedDocument, job: ClaimedJob, error: unknown, shuttingDown: boolean): Promise<IngestionOutcome> {
    // Somebody else's work now, or deleted.
    if (error instanceof LeaseLost || error instanceof ConcurrentChange || error instanceof TenantGone) return { outcome: 'skipped' };
    const failure = shuttingDown ? null : failureOf(error, job.attempts);
    const code = shuttingDown ? 'shutting_down' : (failure?.code ?? codeOf(error));
    const ended = { documentId: document.id, attempt: job.attempts, code, cause: error };
    try {
      await this.uow.run(document.tenantId, async (tx) => {
        if (failure === null) return tx.jobs.retryLater(job, shuttingDown ? 0 : FIRST_RETRY_MS * 2 ** (job.attempts - 1));
        await tx.jobs.finish(job, { state: 'failed', code: failure.code });
        const found = await tx.documents.find(document.id);
        if (found === null) return;
        await tx.chunks.unstage(document.id);
        found.fail(failure, this.clock.now());
        await tx.documents.update(found);
      });
    } catch (later) {
      if (later instanceof TenantGone) return { outcome: 'skipped' };
      if (!(later instanceof LeaseLost)) throw withLater(error, later);
      // Deleted meanwhile: what failed is the end of work that nobody wants any more. Else: retried by whoever took the job over.
      return (await this.isDeleted(document)) ? { outcome: 'skipped' } : { outcome: 'retried', ...ended };
    }
    return { outcome: failure === null ? 'retried' : 'failed', ...ended };
  }

  private async isDeleted({ tenantId, id }: IngestedDocument): Promise<boolean> {
    const found = await this.uow.run(tenantId, (tx) => tx.documents.find(id)).catch(nothingOfTheDeleted);
    return found === null || found.isDeleting();
  }
}

function codeOf(error: unknown): string {
  if (error instanceof ProviderError) return `provider_${error.reason}`;
  return error instanceof DomainError ? error.code : 'processing_failed';
}

/** Null: worth another attempt. */
function failureOf(error: unknown, attempts: number): IngestionFailure | null {
  if (error instanceof DomainError && error.kind === 'payment_required')
    return { code: error.code, message: error.message, retryable: true };
  if (error instanceof IngestionFailed && !error.retryable) return { code: error.code, message: error.message, retryable: false };
  if (error instanceof ProviderError && !error.retryable)
    return { code: 'processing_failed', message: 'the embedding model refused', retryable: true };
  if (attempts < MAX_ATTEMPTS) return null;
  return error instanceof IngestionFailed
    ? { code: error.code, message: error.message, retryable: true }
    : { code: 'processing_failed', message: `gave up after ${attempts} attempts`, retryable: true };
}
