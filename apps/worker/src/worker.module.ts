import { Module } from '@nestjs/common';
import { DispatchModule } from './features/dispatch.module';
import { HousekeepingModule } from './features/housekeeping.module';
import { IngestionModule } from './features/ingestion.module';

/** Everything that happens after a request was answered. */
@Module({ imports: [IngestionModule, DispatchModule, HousekeepingModule], exports: [DispatchModule] })
export class WorkerModule {}
