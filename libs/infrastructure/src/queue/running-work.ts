/** What runs now, and how it is ended: first waited for, then aborted. */
export class RunningWork {
  private readonly running = new Map<Promise<void>, AbortController>();
  private isOver = false;

  get count(): number {
    return this.running.size;
  }

  /** Never rejects: work reports its own failures. Starts nothing any more once `finish` was called: a bell may still have been under way. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.isOver) return;
    const abort = new AbortController();
    const done = work(abort.signal).catch(() => undefined);
    this.running.set(done, abort);
    await done;
    this.running.delete(done);
  }

  async finish(graceMs: number): Promise<void> {
    this.isOver = true;
    const all = Promise.all(this.running.keys());
    const patience = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([all, patience]);
    for (const abort of this.running.values()) abort.abort(new Error('shutting down'));
    await all;
  }
}
