import type { EntityManager, DataSource } from 'typeorm';
import type { FoundChunks } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ownerSource } from '@aegis/infrastructure/persistence/migrate';
import { TenantDatabase, type SnapshotOptions } from '@aegis/infrastructure/persistence/tenant-database';
import { buildVectorIndex, dropVectorIndex, vectorIndexName } from '@aegis/infrastructure/persistence/vector-index';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { deleteDocument, publishDocument, unitVector } from '../support/corpus';
import { onNative, OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

/** The embedded engine has one connection, and an index only from the start after a tenant became large (embedded-vector-index.spec.ts). */
const describeOnNative = onNative ? describe : describe.skip;

const OWN = 60;
const NEIGHBOURS = 400;
const DEPTH = 50;

describeOnNative('the vector index, which tenants share', () => {
  let database: TestDatabase;
  let small: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
    small = await database.aTenant();
    await publishVectors(
      small,
      Array.from({ length: OWN }, (_, index) => towards(0.3 + index / 1_000)),
    );
    // Nearer to the query than anything of ours, and in the same partition: without the iterative scan they are all that the index brings.
    const neighbour = await neighbourOf(small);
    await publishVectors(
      neighbour,
      Array.from({ length: NEIGHBOURS }, (_, index) => towards(index / 100_000)),
    );
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  /** A unit vector at this distance of angle from the query, in a plane that the distance chooses. */
  function towards(distance: number): Float32Array {
    const { dimensions } = database.platform.model;
    const values = new Array<number>(dimensions).fill(0);
    const side = 1 + (Math.round(distance * 100_000) % (dimensions - 1));
    values[0] = Math.cos(distance);
    values[side] = Math.sin(distance);
    return unitVector(values);
  }

  async function publishVectors(tenant: TenantId, vectors: readonly Float32Array[]): Promise<void> {
    const { id } = await publishDocument(
      database,
      tenant,
      vectors.map((_, index) => `문장 ${index}`),
    );
    const texts = vectors.map((vector) => `[${vector.join()}]`);
    await database.rows(
      tenant,
      `UPDATE embeddings e SET embedding = v.embedding::halfvec FROM unnest($2::text[]) WITH ORDINALITY AS v(embedding, place)
         JOIN chunks c ON c.tenant_id = $1 AND c.document_id = $3 AND c.ordinal = v.place - 1
        WHERE e.tenant_id = $1 AND e.chunk_id = c.id`,
      [tenant, texts, id],
    );
  }

  async function neighbourOf(tenant: TenantId): Promise<TenantId> {
    const partition = async (id: TenantId) =>
      (
        await database.allRows<{ place: number }>(
          `SELECT place FROM generate_series(0, 15) AS place WHERE satisfies_hash_partition('embeddings'::regclass, 16, place, $1::uuid)`,
          [id],
        )
      )[0]?.place;
    const wanted = await partition(tenant);
    for (;;) {
      const candidate = await database.aTenant();
      if ((await partition(candidate)) === wanted) return candidate;
    }
  }

  const readerOf = (exactMaxChunks: number, about: TenantDatabase = database.platform.tenants) =>
    new PostgresChunkReader(about, database.platform.model, { vectorType: 'halfvec', exactMaxChunks });
  const ask = (reader: PostgresChunkReader, exact = false): Promise<FoundChunks> =>
    reader.search({
      ...{ tenantId: small, vector: towards(0), terms: [], filter: NO_FILTER, depth: DEPTH, exact },
      asOf: { validAt: null, knownAt: null },
    });
  const search = (exactMaxChunks: number, exact = false): Promise<FoundChunks> => ask(readerOf(exactMaxChunks), exact);
  const ranked = ({ chunks }: FoundChunks) =>
    [...chunks].sort((a, b) => (a.vectorRank ?? 0) - (b.vectorRank ?? 0)).map(({ content }) => content);

  it('brings a tenant all its rows, nearest first, however many of others are nearer', async () => {
    const exact = await search(OWN);
    expect(exact).toMatchObject({ vectorRoute: 'exact', chunksSearched: OWN });
    expect(ranked(exact)).toEqual(Array.from({ length: DEPTH }, (_, index) => `문장 ${index}`));
    const indexed = await search(OWN - 1);
    expect(indexed.vectorRoute).toBe('index');
    expect(indexed.chunks).toHaveLength(DEPTH);
    const nearest = new Set(ranked(exact).slice(0, 10));
    expect(ranked(indexed).filter((content, place) => place < 10 && nearest.has(content)).length).toBeGreaterThanOrEqual(9);
    expect(indexed.chunks.map(({ similarity }) => similarity ?? 0).every((similarity) => similarity < 0.96)).toBe(true); // nobody else's
  });

  it('is not asked where what is found must be found again', async () => {
    expect((await search(0, true)).vectorRoute).toBe('exact');
  });

  it('is not believed where it gives up too early: then every vector is compared', async () => {
    class Hasty extends TenantDatabase {
      private readonly hasty = (options: SnapshotOptions = {}) => ({
        ...options,
        settings: { ...options.settings, 'hnsw.max_scan_tuples': '1' },
      });
      override snapshot<T>(tenantId: TenantId, work: (manager: EntityManager) => Promise<T>, options?: SnapshotOptions): Promise<T> {
        return super.snapshot(tenantId, work, this.hasty(options));
      }
      override read(...[tenantId, statement, options]: Parameters<TenantDatabase['read']>) {
        return super.read(tenantId, statement, this.hasty(options));
      }
    }
    const hasty = new Hasty(database.platform.connections, database.signer());
    const exact = ranked(await search(OWN));
    const reader = readerOf(0, hasty);
    // The first search asks how large the tenant is, the second knows it and asks for all at once.
    for (let time = 0; time < 2; time++) {
      const found = await ask(reader);
      expect(found.vectorRoute).toBe('exact');
      expect(ranked(found)).toEqual(exact);
    }
  });

  it('is taken where the last search saw a large tenant; where that is not true any more, once again, and then all is compared', async () => {
    const { tenants, model } = database.platform;
    const tenant = await database.aTenant();
    await publishVectors(
      tenant,
      Array.from({ length: OWN }, (_, index) => towards(0.3 + index / 1_000)),
    );
    const reader = new PostgresChunkReader(tenants, model, { vectorType: 'halfvec', exactMaxChunks: OWN });
    const asked = { tenantId: tenant, vector: towards(0), terms: [], filter: NO_FILTER, depth: DEPTH, exact: false };
    const again = (): Promise<FoundChunks> => reader.search({ ...asked, asOf: { validAt: null, knownAt: null } });
    const first = await again();
    expect(first.vectorRoute).toBe('exact');
    const grown = await publishDocument(database, tenant, ['그 밖의 문장'], { filename: '그 밖.md' });
    const [small, large] = [await again(), await again()];
    expect([small.vectorRoute, ranked(small)]).toEqual(['exact', ranked(first)]);
    expect([large.vectorRoute, large.chunks.length]).toEqual(['index', DEPTH]);
    await deleteDocument(database, tenant, grown.id);
    const [late, exact] = [await again(), await again()];
    // An index that others write to finds nearly the same.
    const held = new Set(ranked(first));
    expect([late.vectorRoute, late.chunks.length]).toEqual(['index', DEPTH]);
    expect(ranked(late).filter((content) => held.has(content)).length).toBeGreaterThanOrEqual(0.9 * DEPTH);
    expect(ranked(late)).not.toContain('그 밖의 문장');
    expect([exact.vectorRoute, ranked(exact)]).toEqual(['exact', ranked(first)]);
  });

  describe('while it is built', () => {
    const model = { version: 7_001, dimensions: 8 };
    let owner: DataSource;
    beforeAll(async () => {
      owner = await ownerSource(process.env['DATABASE_OWNER_URL'] ?? '').initialize();
    });
    afterAll(async () => {
      await dropVectorIndex(owner, model);
      await owner.destroy();
    });

    const state = async () =>
      owner.query<{ parts: string; valid: boolean }[]>(
        `SELECT (SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass($1)) AS parts, indisvalid AS valid FROM pg_index
          WHERE indexrelid = to_regclass($1)`,
        [vectorIndexName(model)],
      );

    it('is finished by the next run where one was interrupted, and left alone where it is whole', async () => {
      const parent = vectorIndexName(model);
      const of = `USING hnsw ((embedding::halfvec(8)) halfvec_cosine_ops) WITH (m = 16, ef_construction = 128) WHERE model_version = 7001`;
      await owner.query(`CREATE INDEX ${parent} ON ONLY embeddings ${of}`);
      await owner.query(`CREATE INDEX embeddings_p3_hnsw_m7001 ON embeddings_p3 ${of}`); // built, and not attached any more
      expect(await state()).toEqual([{ parts: '0', valid: false }]);
      await buildVectorIndex(owner, model);
      expect(await state()).toEqual([{ parts: '16', valid: true }]);
      await buildVectorIndex(owner, model);
      expect(await state()).toEqual([{ parts: '16', valid: true }]);
      await dropVectorIndex(owner, model);
      expect(await state()).toEqual([]);
    });
  });
});
