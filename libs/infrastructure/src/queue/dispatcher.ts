import type { ExpireReservations } from '@aegis/application/usage/expire-reservations';
import type { RingDueJobs } from '@aegis/application/ingestion/ring-due-jobs';
import type { Log } from '@aegis/application/shared/log';
import type { RelayOutbox } from '@aegis/application/shared/relay-outbox';

export interface DispatcherOptions {
  /** How often it looks without being woken. */
  readonly pollMs: number;
  readonly sweepMs: number;
}

/** The one loop that rings due jobs, delivers events and ends what was forgotten; woken by commits of its own process. */
export class Dispatcher {
  private stopped = false;
  private wakeUp: () => void = () => undefined;
  private woken = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly jobs: RingDueJobs,
    private readonly outbox: RelayOutbox,
    private readonly reservations: ExpireReservations,
    private readonly log: Log,
    private readonly options: DispatcherOptions,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  wake(): void {
    this.woken = true;
    this.wakeUp();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp();
    await this.loop;
  }

  private async run(): Promise<void> {
    let lastSweep = 0;
    while (!this.isStopped()) {
      this.woken = false;
      const delivered = await this.attempt('dispatch', async () => (await this.jobs.execute()) + (await this.outbox.execute()));
      if (Date.now() - lastSweep > this.options.sweepMs) {
        lastSweep = Date.now();
        await this.attempt('sweep', () => this.jobs.sweep());
        await this.attempt('sweep', () => this.reservations.execute());
      }
      if (delivered === undefined || delivered === 0) await this.sleep();
    }
  }

  /** A database that is away heals itself: the loop goes on. */
  private async attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.log.warn({ stage: what, cause: error }, 'dispatcher could not work');
      return undefined;
    }
  }

  private sleep(): Promise<void> {
    if (this.woken || this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.options.pollMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private isStopped(): boolean {
    return this.stopped;
  }
}
