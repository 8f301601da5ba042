import { Global, Module } from '@nestjs/common';
import { HealthReader } from '@aegis/application/health/health-reader';
import { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { LanguageModel } from '@aegis/application/providers/language-model';
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
      inject: [Platform, JobQueue, EmbeddingModel, LanguageModel, ObjectStore],
      useFactory: (platform: Platform, queue: JobQueue, embeddings: EmbeddingModel, llm: LanguageModel, objects: ObjectStore) =>
        new SystemHealthReader(platform.database.connections, queue, embeddings, llm, objects),
    },
  ],
  exports: [Cursors, OpenStreams, UploadLimits, HealthReader],
})
export class HttpModule {}
