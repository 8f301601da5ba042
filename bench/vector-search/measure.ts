import { readFileSync } from 'node:fs';
import type { EntityManager } from 'typeorm';
import type { ChunkReader, FoundChunks } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import type { ReferenceTenant } from './load';

/** What was seen of one tenant's queries. */
export interface Measured {
  readonly tenant: ReferenceTenant;
  readonly queries: number;
  /** Queries that brought fewer than min(depth, the tenant's chunks). */
  readonly short: number;
  readonly fewest: number;
  /** Of the ten nearest, compared with all of them, over all queries. */
  readonly recalls: readonly number[];
  readonly wallMs: readonly number[];
  readonly databaseCpuMs: number;
  readonly route: string;
}

const K = 10;

export async function measureTenant(
  reader: ChunkReader,
  tenant: ReferenceTenant,
  queries: readonly Float32Array[],
  depth: number,
  cpuMs: () => number,
): Promise<Measured> {
  const search = (vector: Float32Array, exact: boolean): Promise<FoundChunks> =>
    reader.search({ tenantId: tenant.id, vector, terms: [], filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth, exact });
  const [recalls, wallMs]: [number[], number[]] = [[], []];
  let [short, fewest, databaseCpuMs] = [0, Infinity, 0];
  const routes = new Set<string | null>();
  for (const vector of queries) {
    const truth = nearest(await search(vector, true));
    const furthest = truth.at(-1) ?? 1;
    const [startedAt, cpuAt] = [performance.now(), cpuMs()];
    const found = await search(vector, false);
    wallMs.push(performance.now() - startedAt);
    databaseCpuMs += cpuMs() - cpuAt;
    const rows = found.chunks.filter(({ vectorRank }) => vectorRank !== null).length;
    if (rows < Math.min(depth, tenant.chunks)) short += 1;
    fewest = Math.min(fewest, rows);
    recalls.push(nearest(found).filter((similarity) => similarity >= furthest).length / truth.length);
    routes.add(found.vectorRoute);
  }
  return { tenant, queries: queries.length, short, fewest, recalls, wallMs, databaseCpuMs, route: [...routes].join('+') };
}

/** Similarities, best first: of two chunks that are equally near, either is right. */
const nearest = ({ chunks }: FoundChunks): readonly number[] =>
  chunks
    .flatMap(({ similarity, vectorRank }) => (similarity !== null && vectorRank !== null && vectorRank <= K ? [similarity] : []))
    .sort((a, b) => b - a);

/**
 * The server's processes for the connections that searches one after another take: two, as a search does not wait for the end of its
 * transaction.
 */
export async function runtimeBackends({ connections }: DatabasePlatform): Promise<readonly number[]> {
  const pid = () =>
    connections.transaction('app_runtime', (manager) =>
      manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid FROM pg_sleep(0.1)'),
    );
  const rows = await Promise.all([pid(), pid()]);
  return rows.flat().map((row) => row.pid);
}

/** Processor time that they have used. */
export async function runtimeCpuMs(database: DatabasePlatform): Promise<() => number> {
  const pids = await runtimeBackends(database);
  return () => pids.reduce((sum, pid) => sum + backendCpuMs(pid), 0);
}

const TICK_MS = 10;

/** Processor time that the database's process for our connection has used; 0 where the database is on another machine. */
export function backendCpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** Whether the plan of a search reads the vectors' index. */
export async function readsIndex(manager: EntityManager, sql: string, parameters: readonly unknown[]): Promise<boolean> {
  const rows = await manager.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN (COSTS OFF) ${sql}`, [...parameters]);
  return rows.some((row) => /Index Scan using embeddings_p\d+_hnsw_m\d+ on embeddings_p\d+/.test(row['QUERY PLAN']));
}
