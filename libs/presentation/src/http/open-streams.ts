import type { BeforeApplicationShutdown } from '@nestjs/common';

/** The reason of an abort that comes from the server's own end. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/** The reason of an abort that comes from a deadline of ours. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

const POLL_MS = 20;
const FLUSH_MS = 50;
/** How long ended work may take to be settled and answered. */
const SETTLE_MS = 3_000;
/** How long work may go on after the signal to stop. */
const GRACE_MS = 5_000;

/** An answer that is streamed, or work that is answered at its end. */
type Kind = 'stream' | 'answer';

/** Work that is going on for clients. When the process is to stop, no more is taken, what runs may end, and the rest is told. */
export class OpenStreams implements BeforeApplicationShutdown {
  private readonly controllers = new Map<AbortController, Kind>();
  private requests = 0;
  private closing = false;

  constructor(private readonly graceMs = GRACE_MS) {}

  get isClosing(): boolean {
    return this.closing;
  }

  get openCount(): number {
    return [...this.controllers.values()].filter((kind) => kind === 'stream').length;
  }

  add(controller: AbortController, kind: Kind): void {
    this.controllers.set(controller, kind);
  }

  delete(controller: AbortController): void {
    this.controllers.delete(controller);
  }

  /** A request until its answer is out, or what is worked on for it until that is over. */
  requestStarted(): void {
    this.requests += 1;
  }

  requestEnded(): void {
    this.requests -= 1;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    const end = Date.now() + this.graceMs;
    while (this.requests > 0 && Date.now() < end) await pause(POLL_MS);
    if (this.controllers.size === 0) return;
    for (const controller of this.controllers.keys()) controller.abort(new ShuttingDown('the server stops'));
    const last = Date.now() + SETTLE_MS;
    while ((this.requests > 0 || this.controllers.size > 0) && Date.now() < last) await pause(POLL_MS);
    await pause(FLUSH_MS); // the last event of each stream leaves before the sockets are cut
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
