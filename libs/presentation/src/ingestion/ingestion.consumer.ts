import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EraseDocument } from '@aegis/application/ingestion/erase-document';
import { IngestDocument } from '@aegis/application/ingestion/ingest-document';
import { FairTurns } from '@aegis/application/shared/fair-turns';
import { JobQueue, type Bell } from '@aegis/application/shared/job-queue';
import { Log } from '@aegis/application/shared/log';

/** Documents of one tenant worked on at once in one process: the embedding model is busy with one, the parser with the other. */
const OF_ONE_TENANT = 2;
/** One place more than that: however large the documents of one tenant are, another's begins at once. */
const PLACES = OF_ONE_TENANT + 1;
/** Bells taken from the queue at once. Those without a place wait here, where it is known whose turn it is. */
const INGEST_CONCURRENCY = 12;
const ERASE_CONCURRENCY = 1;

/** Bells come in, use cases go out. */
@Injectable()
export class IngestionConsumer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly turns = new FairTurns({
    places: PLACES,
    perTenant: { document: OF_ONE_TENANT },
    sharedWithinMs: null,
    waiting: Infinity,
    patienceMs: null,
  });
  /** Tenant and job of bells that wait for their turn: one that is rung again meanwhile says nothing new. */
  private readonly waiting = new Set<string>();
  private readonly closing = new AbortController();

  constructor(
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(IngestDocument) private readonly ingestDocument: IngestDocument,
    @Inject(EraseDocument) private readonly eraseDocument: EraseDocument,
    @Inject(Log) private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.onRing('ingest_document', INGEST_CONCURRENCY, (bell, signal) => this.inTurn(bell, signal));
    await this.queue.onRing('erase_document', ERASE_CONCURRENCY, (bell) => this.eraseDocument.execute(bell));
  }

  /** Before the queue is closed: what waits here is not begun any more, and goes on elsewhere. */
  onModuleDestroy(): void {
    this.closing.abort();
  }

  private async inTurn(bell: Bell, signal: AbortSignal): Promise<void> {
    const name = `${bell.tenantId} ${bell.jobId}`; // a bell that names the wrong tenant must not stand for the right one
    if (this.waiting.has(name)) return;
    this.waiting.add(name);
    const end = await this.turns.take(bell.tenantId, 'document', AbortSignal.any([signal, this.closing.signal])).catch(() => null);
    this.waiting.delete(name);
    if (end === null) return;
    try {
      await this.ingest(bell, signal);
    } finally {
      end();
    }
  }

  /** A document that cannot be read is its owner's business; what nobody foresaw is ours. */
  private async ingest(bell: Bell, signal: AbortSignal): Promise<void> {
    const ended = await this.ingestDocument.execute(bell, signal);
    if (!('cause' in ended)) return;
    const { documentId, attempt, code, cause } = ended;
    const fields = { tenantId: bell.tenantId, jobId: bell.jobId, documentId, attempt, code, cause };
    if (ended.outcome === 'retried') this.log.warn(fields, 'ingestion will be tried again');
    else if (code === 'processing_failed') this.log.error(fields, 'ingestion failed');
    else this.log.warn(fields, 'ingestion failed');
  }
}
