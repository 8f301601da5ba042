import type { Job, Queue } from 'bull';
import { JOB_KINDS, JobQueue, type Bell, type JobKind, type QueueDepth, type StopListening } from '@aegis/application/shared/job-queue';
import type { Log } from '@aegis/application/shared/log';
import { RunningWork } from './running-work';

export type BellQueues = Readonly<Record<JobKind, Queue<Bell>>>;

/** A Bull queue that only rings: PostgreSQL holds lease, attempts and deadline, so Bull neither retries nor keeps anything. */
const RING_ONCE = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;
const RING_TIMEOUT_MS = 2_000;

export class BullJobQueue extends JobQueue {
  private readonly running: RunningWork[] = [];

  constructor(
    private readonly queues: BellQueues,
    private readonly log: Log,
  ) {
    super();
    for (const queue of Object.values(queues)) {
      queue.on('error', (error: Error) => this.log.warn({ stage: queue.name, cause: error }, 'queue connection failed'));
    }
  }

  /** Lost when Redis is away: the sweep rings again, later and under another id. */
  async ring(bell: Bell): Promise<void> {
    // Never reused: Bull silently ignores an id that it still knows.
    const jobId = `${bell.jobId}.${bell.epoch}.${bell.dispatchNo}`;
    try {
      await withTimeout(this.queues[bell.kind].add(bell, { ...RING_ONCE, jobId }), RING_TIMEOUT_MS);
    } catch (error) {
      this.log.warn({ jobId: bell.jobId, stage: bell.kind, cause: error }, 'ring lost');
    }
  }

  onRing(kind: JobKind, concurrency: number, work: (bell: Bell, signal: AbortSignal) => Promise<void>): Promise<StopListening> {
    const queue = this.queues[kind];
    const running = new RunningWork();
    this.running.push(running);
    // Never settles while Bull listens; it rejects when Redis refuses the worker's connection.
    queue
      .process(concurrency, (job: Job<Bell>) => running.run((signal) => this.logged(kind, job.data, signal, work)))
      .catch((error: unknown) => this.log.error({ stage: kind, cause: error }, 'queue stopped listening'));
    return Promise.resolve(async () => {
      await queue.pause(true, true);
      await running.finish(0);
    });
  }

  async depth(): Promise<QueueDepth> {
    const counts = await Promise.all(JOB_KINDS.map((kind) => withTimeout(this.queues[kind].getJobCounts(), RING_TIMEOUT_MS)));
    return {
      waiting: counts.reduce((sum, count) => sum + count.waiting + count.delayed, 0),
      running: counts.reduce((sum, count) => sum + count.active, 0),
    };
  }

  async check(): Promise<void> {
    await withTimeout(this.queues.ingest_document.client.ping(), RING_TIMEOUT_MS);
  }

  async close(graceMs: number): Promise<void> {
    const queues = Object.values(this.queues);
    await Promise.all(queues.map((queue) => withTimeout(queue.pause(true, true), RING_TIMEOUT_MS).catch(() => undefined)));
    await Promise.all(this.running.map((running) => running.finish(graceMs)));
    await Promise.all(queues.map((queue) => withTimeout(queue.close(), RING_TIMEOUT_MS).catch(() => undefined)));
  }

  private async logged(
    kind: JobKind,
    bell: Bell,
    signal: AbortSignal,
    work: (bell: Bell, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    try {
      await work(bell, signal);
    } catch (error) {
      this.log.error({ jobId: bell.jobId, stage: kind, cause: error }, 'job failed');
    }
  }
}

/** ioredis waits for ever for a server that is away; nobody who rings may. */
async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from Redis in ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
