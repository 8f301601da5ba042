/** What runs now, and how it is ended: first waited for, then aborted. */
export class RunningWork {
  private readonly running = new Map<Promise<void>, AbortController>();

  get count(): number {
    return this.running.size;
  }

  /** Never rejects: work reports its own failures. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const done = work(abort.signal).catch(() => undefined);
    this.running.set(done, abort);
    await done;
    this.running.delete(done);
  }

  async finish(graceMs: number): Promise<void> {
    const all = Promise.all(this.running.keys());
    const patience = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([all, patience]);
    for (const abort of this.running.values()) abort.abort(new Error('shutting down'));
    await all;
  }
}
