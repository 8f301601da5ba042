import { BullModule, getQueueToken } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Queue } from 'bull';
import { JOB_KINDS, JobQueue, type Bell } from '@aegis/application/shared/job-queue';
import { Log } from '@aegis/application/shared/log';
import { BullJobQueue, type BellQueues } from './bull-job-queue';
import { EmbeddedJobQueue } from './embedded-job-queue';

const NAMES = JOB_KINDS.map((kind) => `aegis:${kind}`);

/** The bell's driver: in this process, or Bull on Redis between any number of processes. */
@Module({})
export class QueueModule {
  static embedded(): DynamicModule {
    const provider = { provide: JobQueue, inject: [Log], useFactory: (log: Log) => new EmbeddedJobQueue(log) };
    return { module: QueueModule, global: true, providers: [provider], exports: [JobQueue] };
  }

  static bull(redisUrl: string): DynamicModule {
    const provider = {
      provide: JobQueue,
      inject: [Log, ...NAMES.map((name) => getQueueToken(name))],
      useFactory: (log: Log, ...queues: Queue<Bell>[]) => {
        const byKind = Object.fromEntries(JOB_KINDS.map((kind, index) => [kind, queues[index]]));
        return new BullJobQueue(byKind as unknown as BellQueues, log);
      },
    };
    return {
      module: QueueModule,
      global: true,
      imports: [BullModule.registerQueue(...NAMES.map((name) => ({ name, url: redisUrl })))],
      providers: [provider],
      exports: [JobQueue],
    };
  }
}
