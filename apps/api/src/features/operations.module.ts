import { Module } from '@nestjs/common';
import { SystemReader } from '@aegis/application/health/system-reader';
import { RetryJob } from '@aegis/application/jobs/retry-job';
import { Clock } from '@aegis/application/shared/clock';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { productVersion } from '@aegis/infrastructure/configuration/product-version';
import { PostgresSystemReader } from '@aegis/infrastructure/health/postgres-system-reader';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { AdminSystemController } from '@aegis/presentation/health/admin-system.controller';
import { AdminJobsController } from '@aegis/presentation/jobs/admin-jobs.controller';
import { ROOT } from '../config';

/** What an operator of the platform looks at, and sets going again. */
@Module({
  controllers: [AdminJobsController, AdminSystemController],
  providers: [
    provide(RetryJob, [UnitOfWork, Clock]),
    {
      provide: SystemReader,
      inject: [Platform],
      useFactory: ({
        settings: {
          profile,
          reranker: { provider: reranker },
        },
        database,
        languageModel,
      }: Platform) => {
        const openModels = database.model.known.map(({ name }) => name);
        const own = { profile, reranker, version: productVersion(ROOT), openModels, languageModels: languageModel.mayAnswer };
        return new PostgresSystemReader(database.connections, own, new Date());
      },
    },
  ],
})
export class OperationsModule {}
