import type { Candidate } from './candidates';
import { chunkOf, type FiledSet } from './reference-files';
import type { Heard } from './rounds';
import type { Truth } from './truth';

/** Recall of a search that goes through an index of ours. */
const MIN_RECALL = 0.98;
/** A store that compares every vector finds all of them. */
const EXACT_RECALL = 0.999;

/** What a candidate's answers were worth, over all its rounds with tenants of one size. */
export interface Judged {
  readonly chunks: number;
  readonly queries: number;
  readonly rows: { readonly mean: number; readonly fewest: number };
  /** Null for words, which have no exact answer. */
  readonly recall: number | null;
  /** What must not be, whoever it is; empty for a valid run. */
  readonly failures: readonly string[];
}

/** White space around a text is nobody's loss: LlamaIndex.TS takes it away. `chunkOfRow`: the number of the chunk that a row's id means, NaN for none. */
export function judge(
  { name, leg, promises }: Candidate,
  heard: readonly Heard[],
  {
    set,
    truth,
    k,
    chunkOfRow = chunkOf,
  }: { readonly set: FiledSet; readonly truth: Truth; readonly k: number; readonly chunkOfRow?: (id: string) => number },
): Judged {
  const chunks = heard[0]?.chunks ?? 0;
  const counts: number[] = [];
  const recalls: number[] = [];
  const wrong = { foreign: 0, repeated: 0, unordered: 0, altered: 0 };
  for (const { asked, result } of heard) {
    for (const [at, { tenant: tenantName, query }] of asked.entries()) {
      const tenant = set.tenants.find((each) => each.name === tenantName);
      const rows = result.answers[at] ?? [];
      if (tenant === undefined) throw new Error(`nobody is called ${tenantName}`);
      const numbers = rows.map(({ id }) => chunkOfRow(id));
      const own = numbers.filter((number) => number >= tenant.from && number < tenant.from + tenant.chunks);
      wrong.foreign += numbers.length - own.length;
      wrong.repeated += numbers.length - new Set(numbers).size;
      wrong.unordered += rows.filter(({ score }, place) => !(score <= (rows[place - 1]?.score ?? Infinity))).length;
      wrong.altered += rows.filter(
        ({ content, title }, place) => content.trim() !== set.contents[numbers[place] ?? NaN]?.trim() || !(title > ''),
      ).length;
      counts.push(rows.length);
      if (leg === 'vector') recalls.push(truth.recall(tenant, query, own));
    }
  }
  const recall = leg === 'vector' ? mean(recalls) : null;
  const fewest = Math.min(...counts);
  const isShort = promises !== 'nothing' && fewest < Math.min(k, chunks);
  const least = promises === 'exact' ? EXACT_RECALL : promises === 'all' ? MIN_RECALL : 0;
  const failures = [
    ...Object.entries(wrong).flatMap(([what, rows]) => (rows > 0 ? [`${rows} rows are ${what}`] : [])),
    ...(isShort ? [`${fewest} rows of ${Math.min(k, chunks)}`] : []),
    ...(recall !== null && recall < least ? [`recall@${k} ${recall.toFixed(4)}`] : []),
  ];
  return {
    ...{ chunks, queries: counts.length, rows: { mean: mean(counts), fewest }, recall },
    failures: failures.map((failure) => `${name}, ${chunks} chunks: ${failure}`),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
