/** One call that several wait for: whoever leaves goes alone, and only when the last one has left is it ended. */
export class SharedCall<Result> {
  private readonly controller = new AbortController();
  private readonly result: Promise<Result>;
  private waiting = 0;
  private isOver = false;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;

  constructor(work: (signal: AbortSignal) => Promise<Result>) {
    this.result = work(this.controller.signal);
    // How it ended is told to whoever joined.
    const end = () => {
      this.isOver = true;
    };
    this.ended = this.result.then(end, end);
  }

  /** Everybody left before it ended: nobody may join any more. */
  get isAbandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** Throws the signal's reason when the caller leaves, else what the call throws. */
  async join(signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    this.waiting += 1;
    try {
      return await this.orLeave(signal);
    } finally {
      this.waiting -= 1;
      if (this.waiting === 0 && !this.isOver) this.controller.abort();
    }
  }

  private async orLeave(signal: AbortSignal): Promise<Result> {
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal.reason instanceof Error ? signal.reason : new Error('the caller left', { cause: signal.reason }));
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([this.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}
