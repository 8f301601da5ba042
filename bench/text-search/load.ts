import { CompactPostings } from '@aegis/application/ingestion/compact-postings';
import { FIRST_TERM, type PostingCompaction } from '@aegis/application/ingestion/posting-compaction';
import { reactions } from '@aegis/application/reactions';
import { termFrequencies, TERMS_VERSION } from '@aegis/domain/shared/bm25-terms';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { Tenant } from '@aegis/domain/tenants/tenant';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { COUNT_RECENT } from '@aegis/infrastructure/ingestion/compaction-sql';
import { termHash } from '@aegis/infrastructure/ingestion/term-hash';
import { UuidV7Generator } from '@aegis/infrastructure/system/uuid-v7-generator';
import { PostgresPlatformUnitOfWork } from '@aegis/infrastructure/tenants/postgres-platform-unit-of-work';
import type { DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';

export interface TextTenant {
  readonly id: TenantId;
  readonly chunks: number;
}

const CHUNKS_PER_INSERT = 500;
const ids = new UuidV7Generator();

interface IndexedText {
  readonly hashes: readonly string[];
  readonly counts: readonly number[];
  readonly length: number;
}

const known = new Map<string, IndexedText>();

/** Passages come again and again: their terms are cut and hashed once. */
function indexed(content: string): IndexedText {
  const found = known.get(content);
  if (found !== undefined) return found;
  const { frequencies, length } = termFrequencies(content);
  const made = { hashes: [...frequencies.keys()].map(termHash), counts: [...frequencies.values()], length };
  known.set(content, made);
  return made;
}

const CHUNKS = `
  WITH document AS (INSERT INTO documents (tenant_id, id, filename, version, is_latest, content_hash, size_bytes, media_type, status, valid_from,
      epoch_from, created_at, chunk_count) VALUES ($1, $2::uuid, $2::uuid::text || '.md', 1, true, '', 1, 'text/markdown', 'completed', now(), 1, now(), 1))
  INSERT INTO chunks (tenant_id, public_id, document_id, ordinal, content, section, kind, token_count, dl, terms_version)
    SELECT $1, gen_random_uuid(), $2::uuid, c.at, c.content, '{}', 'text', 100, c.dl, ${TERMS_VERSION}
      FROM unnest($3::text[], $4::int2[]) WITH ORDINALITY AS c(content, dl, at) RETURNING id, ordinal`;

const POSTINGS = `
  INSERT INTO postings (tenant_id, term, chunk_id, tf, dl)
    SELECT $1, p.* FROM unnest($2::int8[], $3::int8[], $4::int2[], $5::int2[]) AS p`;

/** A tenant as uploads would leave it, as the runtime role; compacted whenever it is due, as the worker does it. */
export async function loadTenant(
  { connections, tenants, model }: DatabasePlatform,
  compaction: PostingCompaction,
  { name, contents }: { readonly name: string; readonly contents: Iterable<string> },
  vacuum: () => Promise<unknown>,
): Promise<TenantId> {
  const id = TenantId.parse(ids.next());
  const tenant = Tenant.create({ id, name, monthlyQuota: MicroUsd.of(1_000_000), settings: {} }, { kind: 'platform_admin' }, new Date());
  await new PostgresPlatformUnitOfWork(connections, reactions, model).run((tx) => tx.tenants.add(tenant));
  const all = [...contents];
  for (let from = 0; from < all.length; from += CHUNKS_PER_INSERT) {
    const part = all.slice(from, from + CHUNKS_PER_INSERT);
    const texts = part.map(indexed);
    await tenants.transaction(id, async (manager) => {
      const rows = await manager.query<{ id: string; ordinal: number }[]>(CHUNKS, [
        id,
        ids.next(),
        part,
        texts.map(({ length }) => length),
      ]);
      const idOf = new Map(rows.map((row) => [row.ordinal, row.id]));
      const postings = texts.flatMap(({ hashes, counts, length }, at) =>
        hashes.map((term, index) => [term, idOf.get(at + 1) ?? '', counts[index] ?? 0, length] as const),
      );
      await manager.query(POSTINGS, [id, ...[0, 1, 2, 3].map((column) => postings.map((posting) => posting[column]))]);
      await manager.query('UPDATE tenant_stats SET n = n + $2, sumdl = sumdl + $3, corpus_epoch = 1 WHERE tenant_id = $1', [
        ...[id, part.length, texts.reduce((sum, { length }) => sum + length, 0)],
      ]);
      await manager.query(COUNT_RECENT, [id, part.length]);
    });
    const { moved } = await new CompactPostings(compaction).execute(new AbortController().signal);
    if (moved > 0) await vacuum(); // by itself the database does it within a minute, and uploads take longer than that
  }
  return id;
}

/** The rest, which the worker takes up when nobody publishes any more. */
export async function compactWhole(compaction: PostingCompaction, tenantId: TenantId): Promise<void> {
  const pass = await compaction.begin(tenantId);
  for (let from: string | null = FIRST_TERM; pass !== null && from !== null;) from = (await compaction.slice(pass, from)).next;
  if (pass !== null) await compaction.end(pass);
}
