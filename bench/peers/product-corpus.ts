import { PostgresPostingCompaction } from '@aegis/infrastructure/ingestion/postgres-posting-compaction';
import type { RegisteredModel } from '@aegis/infrastructure/persistence/migrate';
import type { DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { compactWhole, loadTenant } from '../text-search/load';
import { loadedTenants, loadReferenceSet, type NamedTenant } from '../vector-search/load';
import type { ReferenceSet } from '../vector-search/reference-set';
import type { Candidate } from './candidates';
import type { FiledSet } from './reference-files';
import { measuredTenants, sizesOf } from './rounds';

/** How our own candidates find their way in a process that has not loaded anything. */
export interface ProductCorpus {
  readonly model: RegisteredModel;
  /** By the name in the reference set. */
  readonly vectorTenants: Readonly<Record<string, string>>;
  /** The same chunks with postings and without vectors, of one tenant of each size. */
  readonly textTenants: Readonly<Record<string, string>>;
}

/** What AEGIS holds for the measurement; seconds are null for what an earlier run has loaded. */
export interface LoadedProduct {
  readonly seconds: number | null;
  readonly textSeconds: number | null;
  /** With their indexes: vectors, chunks and documents; postings. */
  readonly vectorBytes: number;
  readonly textBytes: number;
  /** Number of a chunk in the set by the id under which AEGIS answers it, among the tenants with vectors and among those with words. */
  readonly chunkOf: Readonly<Record<Candidate['leg'], ReadonlyMap<string, number>>>;
}

const FILE = 'product.json';

export const readProductCorpus = (folder: string): ProductCorpus => JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as ProductCorpus;

export async function loadProduct(
  database: DatabasePlatform,
  { ownerUrl, superuser, model }: { readonly ownerUrl: string; readonly superuser: Client; readonly model: RegisteredModel },
  set: ReferenceSet,
  filed: FiledSet,
): Promise<LoadedProduct> {
  const wanted = filed.tenants.map(({ name, chunks }) => ({ name, chunks }));
  const areThere = (await loadedTenants(database, wanted)).length === wanted.length;
  const startedAt = performance.now();
  const tenants = await loadReferenceSet(database, ownerUrl, set, wanted);
  const loadedAt = performance.now();
  const texts = sizesOf(filed).flatMap((chunks) => measuredTenants(filed, chunks).slice(0, 1));
  const had = await loadTexts(database, superuser, set, texts);
  await superuser.query('VACUUM (ANALYZE) chunks, documents, embeddings, postings, posting_segments, tenant_stats');
  const textSeconds = (performance.now() - loadedAt) / 1_000;
  const textTenants = await loadedTenants(database, texts.map(asText));
  const corpus: ProductCorpus = {
    model,
    vectorTenants: Object.fromEntries(tenants.map(({ name, id }) => [name, id])),
    textTenants: Object.fromEntries(textTenants.map(({ name, id }) => [name.slice(TEXT_PREFIX.length), id])),
  };
  writeFileSync(join(filed.folder, FILE), JSON.stringify(corpus));
  const seconds = areThere ? null : (loadedAt - startedAt) / 1_000;
  return {
    ...{ seconds, textSeconds: had ? null : textSeconds },
    vectorBytes: await bytesOf(superuser, ['documents', 'chunks', 'embeddings']),
    textBytes: await bytesOf(superuser, ['postings', 'posting_segments']),
    chunkOf: {
      vector: await numbers(superuser, corpus.vectorTenants, filed),
      text: await numbers(superuser, corpus.textTenants, filed),
    },
  };
}

/** Partitions included, which only a parent has. */
async function bytesOf(superuser: Client, tables: readonly string[]): Promise<number> {
  const { rows } = await superuser.query<{ bytes: string }>(
    `SELECT sum(pg_total_relation_size(t.name) + (SELECT coalesce(sum(pg_total_relation_size(p.relid)), 0) FROM pg_partition_tree(t.name) p)) AS bytes
       FROM unnest($1::regclass[]) AS t(name)`,
    [tables],
  );
  return Number(rows[0]?.bytes);
}

const TEXT_PREFIX = 'words of ';
const asText = ({ name, chunks }: NamedTenant): NamedTenant => ({ name: TEXT_PREFIX + name, chunks });

/** Answers whether all of them were there. */
async function loadTexts(
  database: DatabasePlatform,
  superuser: Client,
  set: ReferenceSet,
  wanted: readonly NamedTenant[],
): Promise<boolean> {
  const compaction = new PostgresPostingCompaction(database.connections, database.tenants);
  const known = await loadedTenants(database, wanted.map(asText));
  const missing = wanted.filter((tenant) => !known.some(({ name }) => name === asText(tenant).name));
  for (const tenant of missing) {
    const contents = (function* () {
      for (const { content } of set.chunksOf(tenant.name, tenant.chunks)) yield content;
    })();
    const vacuum = () => superuser.query('VACUUM postings, posting_segments');
    const id = await loadTenant(database, compaction, { name: asText(tenant).name, contents }, vacuum);
    await compactWhole(compaction, id);
    process.stderr.write(`loaded ${asText(tenant).name}\n`);
  }
  return missing.length === 0;
}

/** Chunks stand in the table in the order of the set. */
async function numbers(superuser: Client, ids: Readonly<Record<string, string>>, filed: FiledSet): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { name, from } of sizesOf(filed).flatMap((chunks) => measuredTenants(filed, chunks))) {
    const { rows } = await superuser.query<{ id: string }>('SELECT c.public_id AS id FROM chunks c WHERE c.tenant_id = $1 ORDER BY c.id', [
      ids[name] ?? null,
    ]);
    for (const [at, row] of rows.entries()) found.set(row.id, from + at);
  }
  return found;
}
