import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { EraseDocument } from '@aegis/application/ingestion/erase-document';
import { IngestDocument } from '@aegis/application/ingestion/ingest-document';
import { JobQueue } from '@aegis/application/shared/job-queue';

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
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.onRing('ingest_document', INGEST_CONCURRENCY, (bell, signal) => this.ingestDocument.execute(bell, signal));
    await this.queue.onRing('erase_document', ERASE_CONCURRENCY, (bell) => this.eraseDocument.execute(bell));
  }
}
