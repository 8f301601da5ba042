import type { EntityManager } from 'typeorm';
import { toSql } from 'pgvector';
import type { FoundChunks } from '@aegis/application/retrieval/chunk-reader';
import { ReindexStore, type ChunkToEmbed, type MadeVectors, type TenantRecall } from '@aegis/application/ingestion/reindex-store';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresChunkIndex } from '../ingestion/postgres-chunk-index';
import type { KnownModel } from '../persistence/active-model';
import type { Connections } from '../persistence/connections';
import type { OwnerSource } from '../persistence/migrate';
import { prepare, serve } from '../persistence/register-models';
import type { TenantDatabase } from '../persistence/tenant-database';
import { buildVectorIndex } from '../persistence/vector-index';
import { PostgresChunkReader } from './postgres-chunk-reader';
import type { VectorRouting } from './vector-routing';

/** Published chunks without a vector of the model $2, of the tenant $1. */
const WITHOUT_VECTOR = `
  SELECT count(*) AS missing FROM chunks c JOIN documents d ON d.tenant_id = $1 AND d.id = c.document_id
   WHERE c.tenant_id = $1 AND d.status = 'completed'
     AND NOT EXISTS (SELECT FROM embeddings e WHERE e.tenant_id = $1 AND e.chunk_id = c.id AND e.model_version = $2)`;

const MEASURED_TENANTS = 20;
const MEASURED_QUERIES = 50;
const NEAREST = 10;
const DEPTH = 50;

/** Reads and writes vectors as the runtime in each tenant's context, moves tenants as the administrator, and the model as the owner. */
export class PostgresReindexStore extends ReindexStore {
  constructor(
    private readonly connections: Connections,
    private readonly database: TenantDatabase,
    private readonly owner: OwnerSource,
    private readonly model: KnownModel,
    private readonly routing: VectorRouting,
  ) {
    super();
  }

  async tenants(): Promise<readonly TenantId[]> {
    const rows = await this.admin<{ id: TenantId }>('SELECT t.id FROM tenants t WHERE t.deleted_at IS NULL ORDER BY t.id', []);
    return rows.map(({ id }) => id);
  }

  begin(): Promise<void> {
    return prepare(this.owner, this.model.name);
  }

  missing(tenantId: TenantId, after: string, limit: number): Promise<readonly ChunkToEmbed[]> {
    return this.database.transaction(
      tenantId,
      (manager) =>
        manager.query<ChunkToEmbed[]>(
          `SELECT c.id AS "chunkId", c.content, c.section, d.title FROM chunks c JOIN documents d ON d.tenant_id = $1 AND d.id = c.document_id
            WHERE c.tenant_id = $1 AND c.id > $2 AND d.status <> 'deleting'
              AND NOT EXISTS (SELECT FROM embeddings e WHERE e.tenant_id = $1 AND e.chunk_id = c.id AND e.model_version = ${this.model.version})
            ORDER BY c.id LIMIT $3`,
          [tenantId, after, limit],
        ),
      { readOnly: true },
    );
  }

  add(tenantId: TenantId, { vectors, tokenCodes }: MadeVectors): Promise<void> {
    const { version, dimensions } = this.model;
    return this.database.transaction(tenantId, async (manager) => {
      const texts = [...vectors.values()].map((vector) => String(toSql(Array.from(vector))));
      // Locked, so that what is deleted at this moment is either not found or deleted with its vector.
      const there = await manager.query<{ id: string }[]>(
        `INSERT INTO embeddings (tenant_id, chunk_id, model_version, dims, document_id, embedding)
         SELECT $1, c.id, ${version}, ${dimensions}, c.document_id, v.embedding::halfvec
           FROM unnest($2::int8[], $3::text[]) AS v(chunk_id, embedding)
           JOIN (SELECT id, document_id FROM chunks WHERE tenant_id = $1 AND id = ANY ($2::int8[]) FOR KEY SHARE) c ON c.id = v.chunk_id
         ON CONFLICT DO NOTHING RETURNING chunk_id AS id`,
        [tenantId, [...vectors.keys()], texts],
      );
      const kept = new Set(there.map(({ id }) => id));
      const codes = new Map([...tokenCodes].filter(([chunkId]) => kept.has(chunkId)));
      if (codes.size > 0) await new PostgresChunkIndex(manager, tenantId, this.model).addTokenCodes(codes);
    });
  }

  async buildIndex(): Promise<void> {
    if (!this.connections.embedded) await buildVectorIndex(this.owner, this.model);
  }

  async recall(): Promise<readonly TenantRecall[]> {
    const { exactMaxChunks } = this.routing;
    if (!Number.isFinite(exactMaxChunks)) return [];
    const large = await this.admin<{ id: TenantId; n: string }>(
      `SELECT s.tenant_id AS id, s.n FROM tenant_stats s JOIN tenants t ON t.id = s.tenant_id
        WHERE s.n > $1 AND t.deleted_at IS NULL ORDER BY s.n DESC, s.tenant_id LIMIT ${MEASURED_TENANTS}`,
      [exactMaxChunks],
    );
    const recalls: TenantRecall[] = [];
    for (const { id, n } of large) recalls.push({ tenantId: id, chunks: Number(n), recall: await this.recallOf(id) });
    return recalls;
  }

  async move(tenantId: TenantId): Promise<number> {
    return this.connections.transaction('app_admin', async (manager) => {
      // The tenant's write lock: nobody publishes between the count and the move.
      await manager.query('SELECT 1 FROM tenant_stats WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
      const [row] = await manager.query<{ missing: string }[]>(WITHOUT_VECTOR, [tenantId, this.model.version]);
      const missing = Number(row?.missing ?? 0);
      if (missing === 0) await moveTenant(manager, tenantId, this.model.version);
      return missing;
    });
  }

  serve(): Promise<void> {
    return serve(this.owner, this.model.name);
  }

  /** Queries near the tenant's own chunks, as questions are, each a quarter of the way to another one. */
  private async recallOf(tenantId: TenantId): Promise<number> {
    const queries = await this.database.transaction(
      tenantId,
      (manager) =>
        manager.query<{ vector: string }[]>(
          `SELECT e.embedding::text AS vector FROM embeddings e WHERE e.tenant_id = $1 AND e.model_version = ${this.model.version}
            ORDER BY md5(e.chunk_id::text) LIMIT ${2 * MEASURED_QUERIES}`,
          [tenantId],
        ),
      { readOnly: true },
    );
    const vectors = queries.map(({ vector }) => Float32Array.from(JSON.parse(vector) as number[]));
    const reader = new PostgresChunkReader(this.database, this.model, this.routing);
    let [found, asked] = [0, 0];
    for (let at = 0; at + 1 < vectors.length; at += 2) {
      const vector = near(vectors[at] ?? new Float32Array(), vectors[at + 1] ?? new Float32Array());
      const search = (exact: boolean): Promise<FoundChunks> =>
        reader.search({ tenantId, vector, terms: [], filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth: DEPTH, exact });
      const [truth, byIndex] = [nearest(await search(true)), nearest(await search(false))];
      asked += truth.length;
      found += foundOf(truth, byIndex);
    }
    return asked === 0 ? 1 : found / asked;
  }

  private admin<Row>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql, parameters), { readOnly: true });
  }
}

const moveTenant = (manager: EntityManager, tenantId: TenantId, modelVersion: number): Promise<unknown> =>
  manager.query('UPDATE tenants SET active_model = $2 WHERE id = $1 AND active_model <> $2 AND deleted_at IS NULL', [
    tenantId,
    modelVersion,
  ]);

/** Similarities, best first. */
const nearest = ({ chunks }: FoundChunks): readonly number[] =>
  chunks
    .flatMap(({ similarity, vectorRank }) => (similarity !== null && vectorRank !== null && vectorRank <= NEAREST ? [similarity] : []))
    .sort((a, b) => b - a);

/** Equal texts have equal vectors: one is as good as the other, so what counts is how near it is, and not which. */
const foundOf = (truth: readonly number[], found: readonly number[]): number =>
  found.filter((similarity) => similarity >= (truth.at(-1) ?? 1)).length;

function near(one: Float32Array, other: Float32Array): Float32Array {
  const moved = one.map((value, at) => 3 * value + (other[at] ?? 0));
  const length = Math.hypot(...moved) || 1;
  return moved.map((value) => value / length);
}
