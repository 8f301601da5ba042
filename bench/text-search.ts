import { queryTerms } from '@aegis/domain/shared/query-terms';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { PostgresPostingCompaction } from '@aegis/infrastructure/ingestion/postgres-posting-compaction';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchMemories } from '@aegis/infrastructure/retrieval/search-memories';
import type { DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { CachedEmbedder } from '../scripts/retrieval-quality/cached-embedder';
import { seededRandom } from '../scripts/retrieval-quality/seeded-random';
import { compactWhole, loadTenant, type TextTenant } from './text-search/load';
import { runtimeCpuMs } from './vector-search/measure';
import { bundledModel, MODEL_FOLDER, openProductDatabase } from './vector-search/product-database';
import { ReferenceSet, SIZE_CLASSES } from './vector-search/reference-set';

/**
 * The text side of a search on the reference set: 100,000 chunks in 148 tenants, loaded as uploads and the worker's compaction leave them.
 * Prints what text and index take on disk and what a search costs by size of the tenant; then writes every entry back among the postings,
 * as it was before there were segments, and prints the same again. Fails where the index takes more than four times the text, and where a
 * search finds anything else in one form than in the other.
 *
 * Needs an empty migrated database of its own (DATABASE_URL, DATABASE_BOOTSTRAP_URL, AEGIS_SECRET_KEY, profile production) with the bundled
 * model. Arguments: evaluation folder (../shared/eval), questions for each size of tenant (200).
 */
const TABLES = ['chunks', 'postings', 'posting_segments', 'hidden_chunks'] as const;
const MOST_TIMES_THE_TEXT = 4;
/** The present in the database, a past state, and the present with the terms that this process has decoded. */
const KINDS = ['present', 'past', 'decoded'] as const;
/** As a process has by default. */
const DECODED_BYTES = 64 * 1024 * 1024;

async function main(): Promise<void> {
  const [evalFolder = '../shared/eval', count = '200'] = process.argv.slice(2);
  const embedder = await CachedEmbedder.open(resolve(MODEL_FOLDER));
  const set = await ReferenceSet.read(resolve(evalFolder), embedder).finally(() => embedder.close());
  const database = await openProductDatabase(await bundledModel());
  const superuser = new Client(process.env['DATABASE_BOOTSTRAP_URL']);
  await superuser.connect();
  try {
    const compaction = new PostgresPostingCompaction(database.connections, database.tenants);
    const tenants: TextTenant[] = [];
    for (const { chunks, tenants: many } of SIZE_CLASSES) {
      for (let at = 0; at < many; at += 1) {
        const name = `vector-search ${chunks} #${at}`;
        const vacuum = () => superuser.query('VACUUM postings, posting_segments');
        const id = await loadTenant(database, compaction, { name, contents: contentsOf(set, name, chunks) }, vacuum);
        tenants.push({ id, chunks });
        process.stderr.write(`loaded ${name}\n`);
      }
    }
    for (const { id } of tenants) await compactWhole(compaction, id);
    await superuser.query('VACUUM (ANALYZE)');
    console.log(`Load average ${loadavg()[0]?.toFixed(1)}.\n\nIn segments:\n`);
    const times = await storage(superuser);
    const compacted = await searches(database, tenants, set, Number(count));
    await superuser.query(EXPAND);
    await superuser.query('DELETE FROM posting_segments');
    await superuser.query('VACUUM (ANALYZE)');
    console.log('\nAmong the postings:\n');
    await storage(superuser);
    const expanded = await searches(database, tenants, set, Number(count));
    const failures = [
      ...(times > MOST_TIMES_THE_TEXT ? [`the index takes ${times.toFixed(2)} times the text`] : []),
      ...(compacted === expanded ? [] : ['a search finds something else in segments than among the postings']),
    ];
    for (const failure of failures) console.log(`FAILED ${failure}`);
    if (failures.length > 0) process.exitCode = 1;
    else console.log('\nEvery search found the same in both forms, to the bit.');
  } finally {
    await superuser.end();
    await database.close();
  }
}

/** Every entry as a row again: what the table held before there were segments. */
const EXPAND = `INSERT INTO postings (tenant_id, term, chunk_id, tf, dl)
  SELECT g.tenant_id, coalesce(e.term, g.term), e.chunk_id, e.tf, e.dl
    FROM posting_segments g CROSS JOIN LATERAL unnest(g.terms, g.chunk_ids, g.tfs, g.dls) AS e(term, chunk_id, tf, dl) ORDER BY e.chunk_id`;

function* contentsOf(set: ReferenceSet, name: string, chunks: number): Generator<string> {
  for (const { content } of set.chunksOf(name, chunks)) yield content;
}

/** Answers how many times the text the postings take, in either form. */
async function storage(superuser: Client): Promise<number> {
  const { rows: texts } = await superuser.query<{ bytes: string; chunks: string }>(
    'SELECT sum(octet_length(content)) AS bytes, count(*) AS chunks FROM chunks',
  );
  const text = Number(texts[0]?.bytes);
  console.log(`| ${texts[0]?.chunks} chunks | MB | times the text |\n| --- | --- | --- |\n| their text | ${mb(text)} | 1 |`);
  let index = 0;
  for (const table of TABLES) {
    const { rows } = await superuser.query<{ bytes: string }>('SELECT pg_total_relation_size($1::regclass) AS bytes', [table]);
    const bytes = Number(rows[0]?.bytes);
    if (table !== 'chunks') index += bytes;
    console.log(`| ${table}, with indexes | ${mb(bytes)} | ${(bytes / text).toFixed(2)} |`);
  }
  console.log(`| all of the text index | ${mb(index)} | ${(index / text).toFixed(2)} |\n`);
  return index / text;
}

/** A line for each size; answers a digest of all that was found. */
async function searches(database: DatabasePlatform, tenants: readonly TextTenant[], set: ReferenceSet, count: number): Promise<string> {
  const memories = searchMemories({ termBytes: DECODED_BYTES, passageBytes: 0, tokenCodeBytes: 0 });
  const asking = new PostgresChunkReader(database.tenants, database.model, database.routing);
  const remembering = new PostgresChunkReader(database.tenants, database.model, database.routing, memories);
  const cpuMs = await runtimeCpuMs(database);
  const ownCpuMs = (): number => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000;
  const found = createHash('sha256');
  console.log(
    `| chunks of a tenant | ${KINDS.map((kind) => `${kind}: p50 ms | p95 ms | database, CPU-ms | this process, CPU-ms`).join(' | ')} |`,
  );
  console.log(`| --- |${' --- | --- | --- | --- |'.repeat(KINDS.length)}`);
  for (const { chunks } of SIZE_CLASSES) {
    const ofClass = tenants.filter((tenant) => tenant.chunks === chunks).slice(0, 10);
    const random = seededRandom(`text-search ${chunks}`);
    const questions = Array.from({ length: count }, () => set.questions[Math.floor(random() * set.questions.length)] ?? '');
    const costs = KINDS.map((kind) => ({ kind, walls: [] as number[], databaseMs: 0, ownMs: 0 }));
    for (const [at, question] of [...questions.slice(0, 20), ...questions].entries()) {
      const tenant = ofClass[at % ofClass.length];
      if (tenant === undefined) continue;
      const answers: string[] = [];
      for (const cost of costs) {
        const [reader, atEpoch] = cost.kind === 'decoded' ? [remembering, undefined] : [asking, cost.kind === 'past' ? 1 : undefined];
        const asOf = { validAt: null, knownAt: null, ...(atEpoch !== undefined && { atEpoch }) };
        const about = { tenantId: tenant.id, vector: null, terms: queryTerms(question), filter: NO_FILTER, asOf, depth: 30 };
        const [startedAt, databaseAt, ownAt] = [performance.now(), cpuMs(), ownCpuMs()];
        const answer = await reader.search({ ...about, exact: cost.kind !== 'decoded' });
        if (at >= 20) {
          cost.walls.push(performance.now() - startedAt);
          cost.ownMs += ownCpuMs() - ownAt;
          cost.databaseMs += cpuMs() - databaseAt;
        }
        found.update(JSON.stringify(answer));
        answers.push(JSON.stringify([answer.totalIdf, answer.chunks.map(({ chunkId, bm25, coveredIdf }) => [chunkId, bm25, coveredIdf])]));
      }
      if (answers[0] !== answers[KINDS.indexOf('decoded')]) throw new Error(`decoded terms find something else for ${question}`);
    }
    const figures = costs.flatMap(({ walls, databaseMs, ownMs }) => {
      walls.sort((a, b) => a - b);
      return [walls[Math.floor(walls.length / 2)] ?? 0, walls[Math.floor(walls.length * 0.95)] ?? 0, databaseMs / count, ownMs / count];
    });
    console.log(`| ${[chunks, ...figures.map((figure) => figure.toFixed(1))].join(' | ')} |`);
  }
  return found.digest('hex');
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);

void main();
