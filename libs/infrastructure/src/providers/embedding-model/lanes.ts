/** A piece of a call, small enough that nobody minds waiting for it. Resolves to true when the call has nothing left to do. */
export interface LaneTask {
  readonly id: number;
  step(): Promise<boolean>;
}

/** The first goes first: somebody waits for a query; counting is quick, and documents need it before their passages. */
const LANES = ['query', 'count', 'passage'] as const;
export type Lane = (typeof LANES)[number];

/** Who is next on a thread that does one thing at a time. In a lane one piece of each call in turn, so that a large document holds up no small one. */
export class Lanes {
  private readonly waiting: Record<Lane, LaneTask[]> = { query: [], count: [], passage: [] };

  add(lane: Lane, task: LaneTask): void {
    this.waiting[lane].push(task);
  }

  /** Whoever has left is not served any more; a piece already begun ends. */
  cancel(id: number): void {
    for (const lane of LANES) this.waiting[lane] = this.waiting[lane].filter((task) => task.id !== id);
  }

  get isEmpty(): boolean {
    return LANES.every((lane) => this.waiting[lane].length === 0);
  }

  /** Takes the next turn out of the lanes. A task that is not finished stays in, behind the others of its lane. */
  next(): LaneTask | undefined {
    const lane = LANES.find((name) => this.waiting[name].length > 0);
    const task = lane && this.waiting[lane].shift();
    if (lane !== undefined && task !== undefined) this.waiting[lane].push(task);
    return task;
  }
}
