import type { EmbeddingKind } from '@aegis/application/providers/embedding-model';

/** Bounds the requests in flight to one provider. Queries go first, and the last place is kept for them: documents cannot take it. */
export class QueryFirstGate {
  private readonly inFlight = { query: 0, passage: 0 };
  private readonly waiting: Record<EmbeddingKind, (() => void)[]> = { query: [], passage: [] };
  /** At least two places. */
  constructor(private readonly places: number) {}

  /** Rejects with the signal's reason when the caller leaves while waiting. */
  async run<T>(kind: EmbeddingKind, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.enter(kind, signal);
    try {
      return await work();
    } finally {
      this.inFlight[kind] -= 1;
      this.admit();
    }
  }

  private async enter(kind: EmbeddingKind, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const lane = this.waiting[kind];
      const leave = () => {
        lane.splice(lane.indexOf(enter), 1);
        reject(new Error('the caller left', { cause: signal.reason }));
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      lane.push(enter);
      this.admit();
    });
  }

  private admit(): void {
    while (this.hasPlace('query') && this.let('query'));
    while (this.hasPlace('passage') && this.let('passage'));
  }

  private hasPlace(kind: EmbeddingKind): boolean {
    const free = this.places - this.inFlight.query - this.inFlight.passage;
    return kind === 'query' ? free > 0 : free > 0 && this.inFlight.passage < this.places - 1;
  }

  private let(kind: EmbeddingKind): boolean {
    const enter = this.waiting[kind].shift();
    if (enter === undefined) return false;
    this.inFlight[kind] += 1;
    enter();
    return true;
  }
}
