import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HealthReader } from '@aegis/application/health/health-reader';
import { AnswerVault } from '@aegis/application/shared/answer-vault';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { IdempotencyKeys } from '@aegis/application/shared/idempotency-keys';
import { JobQueue } from '@aegis/application/shared/job-queue';
import { Metrics } from '@aegis/application/shared/metrics';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { RateLimiter } from '@aegis/application/shared/rate-limiter';
import { PlatformUnitOfWork } from '@aegis/application/tenants/tenant-repository';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { SystemHealthReader } from '@aegis/infrastructure/health/system-health-reader';
import { chooseRateLimiter } from '@aegis/infrastructure/rate-limit/choose-rate-limiter';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { UploadLimits } from '@aegis/presentation/documents/upload-limits';
import { Cursors } from '@aegis/presentation/http/cursors';
import { IdempotentReplies } from '@aegis/presentation/http/idempotent-replies';
import { OpenStreams } from '@aegis/presentation/http/open-streams';

/** What all controllers share. */
@Global()
@Module({
  providers: [
    Cursors,
    provide(IdempotencyKeys, [UnitOfWork, PlatformUnitOfWork, AnswerVault, IdGenerator]),
    IdempotentReplies,
    { provide: RateLimiter, inject: [Platform, Metrics], useFactory: chooseRateLimiter },
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
  exports: [Cursors, IdempotentReplies, RateLimiter, OpenStreams, UploadLimits, HealthReader],
})
export class HttpModule implements OnApplicationShutdown {
  constructor(@Inject(RateLimiter) private readonly rateLimiter: RateLimiter) {}

  async onApplicationShutdown(): Promise<void> {
    await this.rateLimiter.close();
  }
}
