import { Module } from '@nestjs/common';
import { EraseDocument } from '@aegis/application/ingestion/erase-document';
import { IngestDocument } from '@aegis/application/ingestion/ingest-document';
import { IngestionPipeline } from '@aegis/application/ingestion/pipeline';
import { RingDueJobs } from '@aegis/application/ingestion/ring-due-jobs';
import { SettleEndedJob } from '@aegis/application/ingestion/settle-ended-job';
import { ChunkStage } from '@aegis/application/ingestion/stages/chunk-stage';
import { CleanStage } from '@aegis/application/ingestion/stages/clean-stage';
import { EmbedStage } from '@aegis/application/ingestion/stages/embed-stage';
import { ExtractStage } from '@aegis/application/ingestion/stages/extract-stage';
import { IndexStage } from '@aegis/application/ingestion/stages/index-stage';
import { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { TextExtractor } from '@aegis/application/providers/text-extractor';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { JobQueue } from '@aegis/application/shared/job-queue';
import { JobDispatch } from '@aegis/application/shared/job-store';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { PriceList } from '@aegis/domain/shared/price-list';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { IngestionConsumer } from '@aegis/presentation/ingestion/ingestion.consumer';

@Module({
  providers: [
    provide(ExtractStage, [ObjectStore, TextExtractor]),
    provide(CleanStage, []),
    provide(ChunkStage, [EmbeddingModel]),
    provide(IndexStage, [UnitOfWork, IdGenerator]),
    provide(EmbedStage, [UnitOfWork, EmbeddingModel, PriceList, IdGenerator, Clock]),
    {
      provide: IngestionPipeline,
      inject: [ExtractStage, CleanStage, ChunkStage, IndexStage, EmbedStage],
      useFactory: (...stages: ConstructorParameters<typeof IngestionPipeline>[0][number][]) => new IngestionPipeline(stages),
    },
    provide(IngestDocument, [UnitOfWork, IngestionPipeline, IdGenerator, Clock]),
    provide(EraseDocument, [UnitOfWork, ObjectStore, Clock]),
    provide(SettleEndedJob, [UnitOfWork, IdGenerator, Clock]),
    provide(RingDueJobs, [JobDispatch, JobQueue, SettleEndedJob]),
    IngestionConsumer,
  ],
  exports: [RingDueJobs],
})
export class IngestionModule {}
