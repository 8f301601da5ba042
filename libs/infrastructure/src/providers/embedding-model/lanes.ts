/** A piece of a call, small enough that nobody minds waiting for it. Resolves to true when the call has nothing left to do. */
export interface LaneTask {
  readonly id: number;
  step(): Promise<boolean>;
}

export interface LaneQuery {
  readonly id: number;
}

export type LaneTurn<Query> = { readonly query: Query } | { readonly task: LaneTask };

/**
 * Who is next on a thread that does one thing at a time. Queries first, each alone: a vector moves in its seventh digit with what shares its
 * run, and one tenant's scores must not show that another is asking. Then counting, which is quick and which documents need before their
 * passages; then passages, one piece of each call in turn, so that a large document holds up no small one.
 */
export class Lanes<Query extends LaneQuery> {
  private queries: Query[] = [];
  private counts: LaneTask[] = [];
  private passages: LaneTask[] = [];

  addQueries(queries: readonly Query[]): void {
    this.queries.push(...queries);
  }

  addCount(task: LaneTask): void {
    this.counts.push(task);
  }

  addPassages(task: LaneTask): void {
    this.passages.push(task);
  }

  /** Whoever has left is not served any more; a piece already begun ends. */
  cancel(id: number): void {
    const stays = (waiting: LaneQuery) => waiting.id !== id;
    this.queries = this.queries.filter(stays);
    this.counts = this.counts.filter(stays);
    this.passages = this.passages.filter(stays);
  }

  /** Takes the next turn out of the lanes. A task that is not finished stays in, behind the others of its lane. */
  next(): LaneTurn<Query> | undefined {
    const query = this.queries.shift();
    if (query !== undefined) return { query };
    const lane = this.counts.length > 0 ? this.counts : this.passages;
    const task = lane.shift();
    if (task === undefined) return undefined;
    lane.push(task);
    return { task };
  }

  finish(task: LaneTask): void {
    this.counts = this.counts.filter((waiting) => waiting !== task);
    this.passages = this.passages.filter((waiting) => waiting !== task);
  }
}
