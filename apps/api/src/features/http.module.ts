import { Global, Module } from '@nestjs/common';
import { HealthReader } from '@aegis/application/health/health-reader';
import { JobQueue } from '@aegis/application/shared/job-queue';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { SystemHealthReader } from '@aegis/infrastructure/health/system-health-reader';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { UploadLimits } from '@aegis/presentation/documents/upload-limits';
import { Cursors } from '@aegis/presentation/http/cursors';
import { OpenStreams } from '@aegis/presentation/http/open-streams';

/** What all controllers share. */
@Global()
@Module({
  providers: [
    Cursors,
    { provide: OpenStreams, useFactory: () => new OpenStreams() },
    { provide: UploadLimits, inject: [Platform], useFactory: ({ settings }: Platform) => new UploadLimits(settings.maxUploadBytes) },
    {
      provide: HealthReader,
      inject: [Platform, JobQueue, ObjectStore],
      // The language model that is asked for, not those that stand in for it: while they answer, the system is degraded.
      useFactory: ({ database, embeddingModel, languageModel }: Platform, queue: JobQueue, objects: ObjectStore) =>
        new SystemHealthReader(database.connections, queue, embeddingModel, languageModel.models[0], objects),
    },
  ],
  exports: [Cursors, OpenStreams, UploadLimits, HealthReader],
})
export class HttpModule {}
