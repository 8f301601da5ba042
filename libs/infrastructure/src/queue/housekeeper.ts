import type { Log } from '@aegis/application/shared/log';

/** Work that comes round again and that nobody waits for. */
export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  /** Before the first time. */
  readonly firstAfterMs: number;
  run(signal: AbortSignal): Promise<void>;
}

/** Does each chore in turn with itself, and beside the others; what fails is done again the next time. */
export class Housekeeper {
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[] = [];

  constructor(
    private readonly chores: readonly Chore[],
    private readonly log: Log,
  ) {}

  start(): void {
    this.loops.push(...this.chores.map((chore) => this.loop(chore)));
  }

  /** Waits for the step that each chore is at. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('shutting down'));
    await Promise.all(this.loops);
  }

  private async loop(chore: Chore): Promise<void> {
    const { signal } = this.stopping;
    await pause(chore.firstAfterMs, signal);
    while (!signal.aborted) {
      try {
        await chore.run(signal);
      } catch (error) {
        this.log.warn({ stage: chore.name, cause: error }, 'housekeeping could not work');
      }
      await pause(chore.everyMs, signal);
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
