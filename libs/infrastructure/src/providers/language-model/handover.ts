/**
 * Lets a producer that runs inside a retry policy feed a consumer that pulls: one value at a time, and the producer waits until the
 * consumer comes back for the next, so nothing piles up behind a slow reader.
 */
export class Handover<T> implements AsyncIterable<T> {
  private offered: { readonly value: T; readonly taken: () => void } | null = null;
  private ending: { readonly error: unknown } | 'finished' | null = null;
  private left = false;
  private wake: () => void = () => undefined;

  /** Resolves when the consumer is done with the value, at once when it has left. */
  give(value: T): Promise<void> {
    if (this.left) return Promise.resolve();
    return new Promise((taken) => {
      this.offered = { value, taken };
      this.wake();
    });
  }

  finish(): void {
    this.ending = 'finished';
    this.wake();
  }

  fail(error: unknown): void {
    this.ending = { error };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let taken: () => void = () => undefined;
    try {
      for (;;) {
        const offered = this.offered;
        if (offered !== null) {
          this.offered = null;
          taken = offered.taken;
          yield offered.value;
          taken();
        } else if (this.ending !== null) {
          if (this.ending === 'finished') return;
          throw this.ending.error;
        } else {
          await new Promise<void>((resolve) => (this.wake = resolve));
        }
      }
    } finally {
      this.left = true;
      taken();
    }
  }
}
