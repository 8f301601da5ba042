import { percentile } from '../../scripts/eval-retrieval/row-figures';
import type { Heard } from './rounds';

/** Of one candidate and one size of tenant: each figure is the median over the rounds. */
export interface Figures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Milliseconds of processor time a query: its own process and the database's together, and the database's part. */
  readonly cpuMs: number;
  readonly databaseCpuMs: number;
}

const median = (values: readonly number[]): number => percentile(values, 0.5);

export function figuresOf(heard: readonly Heard[]): Figures {
  const each = <Value>(of: (heard: Heard) => Value): Value[] => heard.map(of);
  const aQuery = (ms: number, { asked }: Heard): number => ms / Math.max(1, asked.length);
  return {
    p50Ms: median(each(({ result }) => percentile(result.walls, 0.5))),
    p95Ms: median(each(({ result }) => percentile(result.walls, 0.95))),
    cpuMs: median(each((round) => aQuery(round.result.ownCpuMs + round.result.databaseCpuMs, round))),
    databaseCpuMs: median(each((round) => aQuery(round.result.databaseCpuMs, round))),
  };
}

/** What others did while candidates were measured, as a share of all processors. */
export function disturbance(heard: readonly Heard[], processors: number): { readonly others: number; readonly stolen: number } {
  const sum = (of: (heard: Heard) => number): number => heard.reduce((total, each) => total + of(each), 0);
  const capacity = sum(({ result }) => result.wallMs) * processors;
  return {
    others:
      Math.max(
        0,
        sum(({ result }) => result.othersMs),
      ) / capacity,
    stolen: sum(({ result }) => result.stolenMs) / capacity,
  };
}
