/** What a load saw. */
export interface Seen {
  /** Milliseconds of what was answered 200, ascending. */
  readonly latencies: readonly number[];
  /** Other answers, by status. */
  readonly others: Readonly<Record<string, number>>;
  readonly seconds: number;
}

type Ask = (number: number) => Promise<number>;

/** So many callers, each asking again as soon as it was answered: the most that the server can do. */
export async function closedLoop(ask: Ask, callers: number, seconds: number): Promise<Seen> {
  const seen = new Tally();
  const start = performance.now();
  const end = start + seconds * 1_000;
  let asked = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const before = performance.now();
        seen.add(await ask(asked++), performance.now() - before);
      }
    }),
  );
  return seen.after((performance.now() - start) / 1_000);
}

/**
 * So many a second whatever the server does, at moments drawn beforehand (Poisson, always the same). A latency counts from the moment at
 * which a question should have been asked: a server that stalls does not choose what is measured.
 */
export async function openLoop(ask: Ask, perSecond: number, seconds: number, random: () => number): Promise<Seen> {
  const seen = new Tally();
  const start = performance.now();
  const due: number[] = [];
  for (let at = 0; ; due.push(at)) {
    at += (-Math.log(1 - random()) / perSecond) * 1_000;
    if (at > seconds * 1_000) break;
  }
  await Promise.all(
    due.map(async (at, number) => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, start + at - performance.now())));
      seen.add(await ask(number), performance.now() - start - at);
    }),
  );
  return seen.after((performance.now() - start) / 1_000);
}

class Tally {
  private readonly latencies: number[] = [];
  private readonly others: Record<string, number> = {};

  add(status: number, ms: number): void {
    if (status === 200) this.latencies.push(ms);
    else this.others[status] = (this.others[status] ?? 0) + 1;
  }

  after(seconds: number): Seen {
    return { latencies: [...this.latencies].sort((left, right) => left - right), others: this.others, seconds };
  }
}
