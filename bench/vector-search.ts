import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { parametersOf } from '@aegis/infrastructure/retrieval/search-statements';
import { searchSql } from '@aegis/infrastructure/retrieval/search-sql';
import { INDEX_SETTINGS_SQL } from '@aegis/infrastructure/retrieval/vector-routing';
import type { DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { CachedEmbedder } from '../scripts/retrieval-quality/cached-embedder';
import { isQuiet } from './quiet';
import { loadReferenceSet, type ReferenceTenant } from './vector-search/load';
import { measureTenant, readsIndex, runtimeCpuMs, type Measured } from './vector-search/measure';
import { bundledModel, MODEL_FOLDER, openProductDatabase } from './vector-search/product-database';
import { ReferenceSet, SIZE_CLASSES } from './vector-search/reference-set';

/**
 * The vector side of a search on the reference set: 100,000 chunks in 148 tenants, on PostgreSQL, as the runtime role under row-level
 * security, through the product's own reader. Prints a table by size of the tenant and fails where a tenant gets too few rows, recall is too
 * low, p95 is too high or a plan is not the one that the size asks for. Everything that depends on chance has a fixed seed.
 *
 * Needs a migrated database (DATABASE_URL, DATABASE_OWNER_URL, AEGIS_SECRET_KEY, profile production) with the bundled model; what it has
 * loaded stays there for the next run. Arguments: evaluation folder (../shared/eval), queries of a large tenant (200).
 */
const DEPTHS = [10, 50] as const;
const MIN_RECALL = 0.98;
const MAX_P95_MS = 100;
const WARM_UP = 20;

async function main(): Promise<void> {
  const [evalFolder = '../shared/eval', count = '200'] = process.argv.slice(2);
  const ownerUrl = process.env['DATABASE_OWNER_URL'];
  if (ownerUrl === undefined) throw new Error('DATABASE_OWNER_URL must be the address of the database as app_migrator');
  const embedder = await CachedEmbedder.open(resolve(MODEL_FOLDER));
  const set = await ReferenceSet.read(resolve(evalFolder), embedder).finally(() => embedder.close());
  const database = await openProductDatabase(await bundledModel());
  try {
    const tenants = await loadReferenceSet(database, ownerUrl, set);
    const failures: string[] = [];
    const isIdle = await isQuiet();
    console.log(`Load average ${loadavg()[0]?.toFixed(1)}: times are ${isIdle ? 'judged' : 'shown, not judged'}.`);
    for (const depth of DEPTHS) failures.push(...(await report(database, tenants, set, { count: Number(count), depth, isIdle })));
    failures.push(...(await wrongPlans(database, tenants, set)));
    for (const failure of failures) console.log(`FAILED ${failure}`);
    const judged = isIdle ? 'recall, p95 and plans' : 'recall and plans';
    if (failures.length === 0) console.log(`Every tenant gets all its rows; ${judged} are as they must be.`);
    else process.exitCode = 1;
  } finally {
    await database.close();
  }
}

/** One line for each size class; answers what is wrong. */
async function report(
  database: DatabasePlatform,
  tenants: readonly ReferenceTenant[],
  set: ReferenceSet,
  { count, depth, isIdle }: { readonly count: number; readonly depth: number; readonly isIdle: boolean },
): Promise<string[]> {
  const reader = new PostgresChunkReader(database.tenants, database.model, database.routing);
  const cpuMs = await runtimeCpuMs(database);
  const failures: string[] = [];
  console.log(
    `\n| chunks of a tenant | tenants | queries | route | rows of ${depth} | recall@10 | worst tenant | p50 ms | p95 ms | CPU-ms |`,
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const { chunks } of SIZE_CLASSES) {
    const ofClass = tenants.filter((tenant) => tenant.chunks === chunks);
    const each = Math.max(5, Math.ceil(count / ofClass.length));
    const measured: Measured[] = [];
    for (const tenant of ofClass) {
      if (chunks > 1_000) await measureTenant(reader, tenant, set.queriesOf(`${tenant.name} warm-up`, WARM_UP), depth, cpuMs);
      measured.push(await measureTenant(reader, tenant, set.queriesOf(tenant.name, each), depth, cpuMs));
    }
    const line = summary(measured, depth, isIdle);
    console.log(line.text);
    failures.push(...line.failures);
  }
  return failures;
}

function summary(measured: readonly Measured[], depth: number, isIdle: boolean): { text: string; failures: string[] } {
  const { chunks } = measured[0]?.tenant ?? { chunks: 0 };
  const queries = measured.reduce((sum, each) => sum + each.queries, 0);
  const walls = measured.flatMap(({ wallMs }) => wallMs).sort((a, b) => a - b);
  const worst = Math.min(...measured.map(({ recalls }) => mean(recalls)));
  const recall = mean(measured.flatMap(({ recalls }) => recalls));
  const [p50, p95] = [percentile(walls, 0.5), percentile(walls, 0.95)];
  const cpu = measured.reduce((sum, each) => sum + each.databaseCpuMs, 0) / queries;
  const fewest = Math.min(...measured.map((each) => each.fewest));
  const cells = [chunks, measured.length, queries, [...new Set(measured.map(({ route }) => route))].join(), fewest];
  const figures = [recall.toFixed(4), worst.toFixed(4), p50.toFixed(1), p95.toFixed(1), cpu.toFixed(1)];
  const short = measured.filter((each) => each.short > 0);
  const failures = [
    ...short.map(({ tenant, fewest: rows }) => `${tenant.name}: ${rows} rows of ${Math.min(depth, tenant.chunks)}`),
    ...(recall < MIN_RECALL ? [`${chunks} chunks: recall@10 ${recall.toFixed(4)}`] : []),
    ...(isIdle && p95 >= MAX_P95_MS ? [`${chunks} chunks: p95 ${p95.toFixed(1)} ms`] : []),
  ];
  return { text: `| ${[...cells, ...figures].join(' | ')} |`, failures };
}

/** Small tenants must never be planned through the index, large ones always: in the transaction as the search makes it. */
async function wrongPlans(database: DatabasePlatform, tenants: readonly ReferenceTenant[], set: ReferenceSet): Promise<string[]> {
  const { model, routing } = database;
  const failures: string[] = [];
  for (const { chunks } of SIZE_CLASSES) {
    const exact = chunks <= routing.exactMaxChunks;
    for (const tenant of tenants.filter((each) => each.chunks === chunks)) {
      const { version: modelVersion, dimensions } = model;
      const shape = { asOf: false, filtered: false, modelVersion, dimensions, vectorType: routing.vectorType };
      const sql = searchSql({ ...shape, exact });
      const present = { validAt: null, knownAt: null };
      const asked = { tenantId: tenant.id, vector: set.queries[0] ?? null, terms: [], filter: NO_FILTER, asOf: present, depth: 50, exact };
      const parameters = parametersOf(asked, null, 1);
      const indexed = await database.tenants.snapshot(tenant.id, async (manager) => {
        if (!exact) await manager.query(`SELECT ${INDEX_SETTINGS_SQL}`);
        return readsIndex(manager, sql, parameters);
      });
      if (indexed === exact) failures.push(`${tenant.name}: the plan ${indexed ? 'reads' : 'does not read'} the index`);
    }
  }
  return failures;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

void main();
