import { JobQueue, type Bell, type JobKind, type QueueDepth, type StopListening } from '@aegis/application/shared/job-queue';
import type { Log } from '@aegis/application/shared/log';
import { RunningWork } from './running-work';

interface Listener {
  readonly concurrency: number;
  readonly work: (bell: Bell, signal: AbortSignal) => Promise<void>;
  readonly waiting: Map<string, Bell>;
  readonly running: RunningWork;
}

/** Rings inside one process. What is rung while nobody listens is lost, as the contract allows: the sweep rings again. */
export class EmbeddedJobQueue extends JobQueue {
  private readonly listeners = new Map<JobKind, Listener>();
  private closed = false;

  constructor(private readonly log: Log) {
    super();
  }

  ring(bell: Bell): Promise<void> {
    const listener = this.listeners.get(bell.kind);
    if (listener !== undefined && !this.closed) {
      listener.waiting.set(bell.jobId, bell); // rung twice before it was heard: once is enough
      this.next(listener);
    }
    return Promise.resolve();
  }

  onRing(kind: JobKind, concurrency: number, work: (bell: Bell, signal: AbortSignal) => Promise<void>): Promise<StopListening> {
    const listener: Listener = { concurrency, work, waiting: new Map(), running: new RunningWork() };
    this.listeners.set(kind, listener);
    return Promise.resolve(() => {
      this.listeners.delete(kind);
      return listener.running.finish(0);
    });
  }

  depth(): Promise<QueueDepth> {
    const all = [...this.listeners.values()];
    return Promise.resolve({
      waiting: all.reduce((sum, listener) => sum + listener.waiting.size, 0),
      running: all.reduce((sum, listener) => sum + listener.running.count, 0),
    });
  }

  check(): Promise<void> {
    return this.closed ? Promise.reject(new Error('the queue is closed')) : Promise.resolve();
  }

  async close(graceMs: number): Promise<void> {
    this.closed = true;
    await Promise.all([...this.listeners.values()].map((listener) => listener.running.finish(graceMs)));
  }

  private next(listener: Listener): void {
    for (const [jobId, bell] of listener.waiting) {
      if (listener.running.count >= listener.concurrency) return;
      listener.waiting.delete(jobId);
      void listener.running.run((signal) => this.logged(listener, bell, signal)).then(() => this.next(listener));
    }
  }

  private async logged(listener: Listener, bell: Bell, signal: AbortSignal): Promise<void> {
    try {
      await listener.work(bell, signal);
    } catch (error) {
      this.log.error({ jobId: bell.jobId, stage: bell.kind, cause: error }, 'job failed');
    }
  }
}
