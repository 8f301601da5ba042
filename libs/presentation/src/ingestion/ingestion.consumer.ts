import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { EraseDocument } from '@aegis/application/ingestion/erase-document';
import { IngestDocument } from '@aegis/application/ingestion/ingest-document';
import { JobQueue, type Bell } from '@aegis/application/shared/job-queue';
import { Log } from '@aegis/application/shared/log';

/** Documents worked on at once in one process: the embedding model is busy with one, the parser with the other. */
const INGEST_CONCURRENCY = 2;
const ERASE_CONCURRENCY = 1;

/** Bells come in, use cases go out. */
@Injectable()
export class IngestionConsumer implements OnApplicationBootstrap {
  constructor(
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(IngestDocument) private readonly ingestDocument: IngestDocument,
    @Inject(EraseDocument) private readonly eraseDocument: EraseDocument,
    @Inject(Log) private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.onRing('ingest_document', INGEST_CONCURRENCY, (bell, signal) => this.ingest(bell, signal));
    await this.queue.onRing('erase_document', ERASE_CONCURRENCY, (bell) => this.eraseDocument.execute(bell));
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
