import { Module } from '@nestjs/common';
import { DispatchModule } from './features/dispatch.module';
import { IngestionModule } from './features/ingestion.module';

/** Everything that happens after a request was answered. */
@Module({ imports: [IngestionModule, DispatchModule], exports: [DispatchModule] })
export class WorkerModule {}
