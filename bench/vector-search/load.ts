import { toSql } from 'pgvector';
import { DataSource } from 'typeorm';
import { reactions } from '@aegis/application/reactions';
import { TERMS_VERSION } from '@aegis/domain/shared/bm25-terms';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { Tenant } from '@aegis/domain/tenants/tenant';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { buildVectorIndex, dropVectorIndex } from '@aegis/infrastructure/persistence/vector-index';
import { UuidV7Generator } from '@aegis/infrastructure/system/uuid-v7-generator';
import { PostgresPlatformUnitOfWork } from '@aegis/infrastructure/tenants/postgres-platform-unit-of-work';
import type { DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import { SIZE_CLASSES, type ReferenceChunk, type ReferenceSet } from './reference-set';

export interface ReferenceTenant {
  readonly id: TenantId;
  readonly name: string;
  readonly chunks: number;
}

const CHUNKS_PER_DOCUMENT = 50;
const DOCUMENTS_PER_INSERT = 10;
const ids = new UuidV7Generator();

export type NamedTenant = Omit<ReferenceTenant, 'id'>;

export const tenantsOf = (classes: typeof SIZE_CLASSES): readonly NamedTenant[] =>
  classes.flatMap(({ chunks, tenants }) =>
    Array.from({ length: tenants }, (_, index) => ({ name: `vector-search ${chunks} #${index}`, chunks })),
  );

export const TENANTS = tenantsOf(SIZE_CLASSES);

/** The reference set in the database; what an earlier run has loaded stays. Vectors go in without their index, which is built afterwards. */
export async function loadReferenceSet(
  database: DatabasePlatform,
  ownerUrl: string,
  set: ReferenceSet,
  wanted: readonly NamedTenant[] = TENANTS,
): Promise<readonly ReferenceTenant[]> {
  const known = await loadedTenants(database, wanted);
  const missing = wanted.filter(({ name }) => !known.some((tenant) => tenant.name === name));
  if (missing.length === 0) return known;
  const owner = await new DataSource({ type: 'postgres', url: ownerUrl, poolSize: 1, installExtensions: false }).initialize();
  try {
    await dropVectorIndex(owner, database.model);
    for (const about of missing) {
      const tenant = { ...about, id: await newTenant(database, about.name) };
      await loadChunks(database, tenant, set.chunksOf(tenant.name, tenant.chunks));
      process.stderr.write(`loaded ${tenant.name}\n`);
    }
    await owner.query('VACUUM (ANALYZE) documents, chunks, embeddings, tenant_stats');
    const started = performance.now();
    await buildVectorIndex(owner, database.model);
    process.stderr.write(`built the index in ${Math.round((performance.now() - started) / 1000)} s\n`);
    await owner.query('ANALYZE embeddings');
  } finally {
    await owner.destroy();
  }
  return loadedTenants(database, wanted);
}

/** Those of the wanted ones that are there whole. */
export function loadedTenants({ connections }: DatabasePlatform, wanted: readonly NamedTenant[]): Promise<readonly ReferenceTenant[]> {
  return connections.transaction('app_admin', async (manager) => {
    const rows = await manager.query<{ id: TenantId; name: string; n: string }[]>(
      `SELECT t.id, t.name, s.n FROM tenants t JOIN tenant_stats s ON s.tenant_id = t.id WHERE t.deleted_at IS NULL AND t.name = ANY ($1)`,
      [wanted.map(({ name }) => name)],
    );
    const sizes = new Map(wanted.map(({ name, chunks }) => [name, chunks]));
    const whole = rows.filter(({ name, n }) => Number(n) === sizes.get(name)); // an interrupted load is loaded again
    return whole.map(({ id, name, n }) => ({ id, name, chunks: Number(n) }));
  });
}

async function newTenant({ connections, model }: DatabasePlatform, name: string): Promise<TenantId> {
  const id = TenantId.parse(ids.next());
  const tenant = Tenant.create({ id, name, monthlyQuota: MicroUsd.of(1_000_000), settings: {} }, { kind: 'platform_admin' }, new Date());
  await new PostgresPlatformUnitOfWork(connections, reactions, model).run((tx) => tx.tenants.add(tenant));
  return id;
}

/** With terms of today: a worker would cut the terms of older ones again, beside the measurement. */
const INSERT = `
  WITH document AS (INSERT INTO documents (tenant_id, id, filename, version, is_latest, content_hash, size_bytes, media_type, status, valid_from,
      epoch_from, created_at, chunk_count)
    SELECT $1, d, d::text || '.md', 1, true, '', 1, 'text/markdown', 'completed', now(), 1, now(), ${CHUNKS_PER_DOCUMENT}
      FROM unnest($2::uuid[]) AS d),
  chunk AS (INSERT INTO chunks (tenant_id, public_id, document_id, ordinal, content, section, kind, token_count, dl, terms_version)
    SELECT $1, gen_random_uuid(), c.document, c.ordinal, c.content, '{}', 'text', 100, 100, ${TERMS_VERSION}
      FROM unnest($3::uuid[], $4::int[], $5::text[]) AS c(document, ordinal, content) RETURNING id, document_id, ordinal)
  INSERT INTO embeddings (tenant_id, chunk_id, model_version, dims, document_id, embedding)
    SELECT $1, chunk.id, $7, $8, chunk.document_id, v.embedding::halfvec
      FROM unnest($3::uuid[], $4::int[], $6::text[]) AS v(document, ordinal, embedding)
      JOIN chunk ON chunk.document_id = v.document AND chunk.ordinal = v.ordinal`;

/** As the runtime role in the tenant's context, like the product. Published chunks without postings: only the vectors are measured. */
async function loadChunks({ tenants, model }: DatabasePlatform, tenant: ReferenceTenant, chunks: Iterable<ReferenceChunk>): Promise<void> {
  const perInsert = CHUNKS_PER_DOCUMENT * DOCUMENTS_PER_INSERT;
  const all = [...chunks];
  for (let from = 0; from < all.length; from += perInsert) {
    const part = all.slice(from, from + perInsert);
    const documents = Array.from({ length: Math.ceil(part.length / CHUNKS_PER_DOCUMENT) }, () => ids.next());
    const documentOf = part.map((_, index) => documents[Math.floor(index / CHUNKS_PER_DOCUMENT)]);
    const ordinals = part.map((_, index) => index % CHUNKS_PER_DOCUMENT);
    const vectors = part.map(({ vector }) => String(toSql(Array.from(vector))));
    const contents = part.map(({ content }) => content);
    await tenants.transaction(tenant.id, async (manager) => {
      await manager.query(INSERT, [tenant.id, documents, documentOf, ordinals, contents, vectors, model.version, model.dimensions]);
    });
  }
  await tenants.transaction(tenant.id, async (manager) => {
    await manager.query('UPDATE tenant_stats SET n = $2, sumdl = 100 * $2::int8, corpus_epoch = 1 WHERE tenant_id = $1', [
      tenant.id,
      all.length,
    ]);
  });
}
