import { Reindex, type ReindexOptions } from '@aegis/application/ingestion/reindex';
import type { TenantRecall } from '@aegis/application/ingestion/reindex-store';
import { RemoveRetiredVectors } from '@aegis/application/retrieval/remove-retired-vectors';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { findConfiguredModels, type KnownModel } from '@aegis/infrastructure/persistence/active-model';
import { ownerSource } from '@aegis/infrastructure/persistence/migrate';
import { OpenAiCompatibleEmbeddings } from '@aegis/infrastructure/providers/embedding-model/openai-compatible-embeddings';
import { RemoteEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/remote-embedding-model';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { PostgresReindexStore } from '@aegis/infrastructure/retrieval/postgres-reindex-store';
import { PostgresRetiredVectors } from '@aegis/infrastructure/retrieval/postgres-retired-vectors';
import type { DataSource } from 'typeorm';
import { aDocument, deleteDocument, publishDocument, stageDocument } from '../support/corpus';
import { describeOnEmbedded, OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';
import { EmbeddingProtocolServer } from '../support/embedding-protocol-server';

const TEXTS = ['연차 휴가는 15일이다.', '병가는 진단서를 낸다.', 'Remote work is two days a week.'];
const signal = new AbortController().signal;

/** Moves everybody in the database that a test file has for itself. */
describeOnEmbedded('moving to another embedding model', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let server: EmbeddingProtocolServer;
  let model: RemoteEmbeddingModel;
  let letters: KnownModel;
  let tenants: TenantId[];

  beforeAll(async () => {
    database = await TestDatabase.open();
    server = await EmbeddingProtocolServer.start(24);
    const protocol = new OpenAiCompatibleEmbeddings({
      ...{ baseUrl: new URL(`${server.origin}/v1/`), apiKey: undefined, model: 'letters', dimensions: undefined },
    });
    model = await RemoteEmbeddingModel.open(protocol, { dimensions: 24 });
    owner = await ownerSource(database.platform.engineUrl ?? '').initialize();
    const { name, digest, dimensions } = model.identity;
    letters = { version: 2, name, digest, dimensions };
    await asOwner(`INSERT INTO embedding_models (model_version, name, digest, dims, state) VALUES (2, $1, $2, $3, 'building')`, [
      ...[name, digest, dimensions],
    ]);
  }, OPEN_TIMEOUT_MS);
  beforeEach(async () => {
    server.requests.length = 0;
    tenants = [await database.aTenant(), await database.aTenant(), await database.aTenant()];
    for (const tenant of tenants.slice(0, 2)) await publishDocument(database, tenant, TEXTS, { filename: '규정.md', title: '사내 규정' });
  });
  afterEach(async () => {
    for (const tenant of tenants) await database.rows(tenant, 'DELETE FROM documents');
    await database.platform.connections.transaction('app_admin', (manager) => manager.query('UPDATE tenants SET active_model = 1'));
    await asOwner(`UPDATE embedding_models SET state = 'building', retired_at = NULL WHERE model_version = 2`);
    await asOwner(`UPDATE embedding_models SET state = 'ready', retired_at = NULL WHERE model_version = 1`);
  });
  afterAll(async () => {
    await owner.destroy();
    await server.close();
    await database.close();
  });

  const asOwner = (sql: string, parameters: unknown[] = []): Promise<void> =>
    owner.transaction(async (manager) => {
      await manager.query('SET LOCAL ROLE app_owner');
      await manager.query(sql, parameters);
    });
  const store = (): PostgresReindexStore => {
    const { connections, tenants: ofTenants, routing } = database.platform;
    return new PostgresReindexStore(connections, ofTenants, owner, letters, routing);
  };
  const options = (about: Partial<ReindexOptions> = {}): ReindexOptions => ({
    ...{ minRecall: 0.98, settleMs: 0, report: () => undefined },
    ...about,
  });
  const move = (about: Partial<ReindexOptions> = {}, at = signal) => new Reindex(store(), model).execute(options(about), at);

  const vectors = async (tenant: TenantId): Promise<Record<number, number>> =>
    Object.fromEntries(
      (
        await database.rows<{ version: number; n: string }>(
          tenant,
          'SELECT model_version AS version, count(*) AS n FROM embeddings GROUP BY model_version',
        )
      ).map(({ version, n }) => [version, Number(n)]),
    );
  const models = async () =>
    (await database.allRows<{ name: string; state: string }>('SELECT name, state FROM embedding_models')).map(({ name, state }) => [
      name,
      state,
    ]);
  const tenantModels = async () =>
    (await database.allRows<{ active_model: number }>('SELECT active_model FROM tenants WHERE id = ANY ($1)', [tenants])).map(
      (row) => row.active_model,
    );
  const search = async (tenant: TenantId, text: string, known: KnownModel = letters) => {
    const { vectors: found } = await model.embed({ kind: 'passage', texts: [`사내 규정\n${text}`], signal });
    const request = { tenantId: tenant, vector: found[0] ?? null, terms: [], filter: NO_FILTER, depth: 10, exact: false };
    return new PostgresChunkReader(database.platform.tenants, known, database.platform.routing).search({
      ...{ ...request, asOf: { validAt: null, knownAt: null } },
    });
  };

  it('gives every chunk a vector of the new model, then moves the tenants and at last the queries', async () => {
    expect(await move()).toMatchObject({ isServing: true, embedded: 6, recalls: [] });
    for (const tenant of tenants.slice(0, 2)) expect(await vectors(tenant)).toEqual({ 1: 3, 2: 3 });
    expect(Object.fromEntries(await models())).toEqual({ 'test-model': 'retired', letters: 'ready' });
    expect(await tenantModels()).toEqual([2, 2, 2]); // who has no document, too
    const { chunks } = await search(tenants[0] as TenantId, TEXTS[1] as string);
    expect(chunks).toHaveLength(3);
    expect(chunks.find(({ vectorRank }) => vectorRank === 1)).toMatchObject({
      content: TEXTS[1],
      similarity: expect.closeTo(1, 3) as number,
    });
  });

  it('embeds a chunk as ingestion does, with the title of its document', async () => {
    await move();
    const inputs = server.requests.flatMap(({ body }) => body['input'] as string[]);
    expect(inputs.some((input) => input.includes('사내 규정') && input.includes(TEXTS[0] as string))).toBe(true);
  });

  it('goes on where it was stopped, and embeds nothing twice', async () => {
    const stop = new AbortController();
    const stopped = move({ report: ({ embedded }) => embedded > 0 && stop.abort(new Error('stopped')) }, stop.signal);
    await expect(stopped).rejects.toThrow('stopped');
    expect(await tenantModels()).toEqual([1, 1, 1]);
    expect(await move()).toMatchObject({ isServing: true, embedded: 3 });
    expect(server.requests.flatMap(({ body }) => body['input'] as string[])).toHaveLength(6);
  });

  it('catches up with what was published meanwhile, and leaves out what was deleted', async () => {
    const [tenant] = tenants as [TenantId];
    let published = false;
    const gone = await publishDocument(database, tenant, ['지운다'], { filename: '없음.md' });
    await deleteDocument(database, tenant, gone.id);
    const pending: Promise<unknown>[] = [];
    await move({
      report: ({ step }) => {
        if (step !== 'measure' || published) return;
        published = true;
        pending.push(publishDocument(database, tenant, ['새 규정이다'], { filename: '새.md' }));
      },
    });
    await Promise.all(pending);
    // Published before or after the move of its tenant: in either case nothing that can be found lacks the vector.
    expect((await search(tenant, '새 규정이다')).chunks.every(({ similarity }) => similarity !== null)).toBe(true);
    expect((await search(tenant, '새 규정이다')).chunks).toHaveLength(4);
    expect((await vectors(tenant))[2]).toBe(4);
  });

  it('publishes nothing without the new vectors once the tenant has moved', async () => {
    await move();
    const [tenant] = tenants as [TenantId];
    const uow = database.uow(); // as a worker that has not seen the switch
    const document = aDocument(tenant, { filename: '늦게.md' });
    await uow.run(tenant, (tx) => stageDocument(tx, database, document, ['늦었다']));
    await expect(uow.run(tenant, (tx) => tx.chunks.publish(document.id))).rejects.toThrow('0 of 1 staged chunks have vectors');
  });

  it('moves nobody to an index that finds too little, and says how little', async () => {
    class PoorIndex extends PostgresReindexStore {
      override recall(): Promise<readonly TenantRecall[]> {
        return Promise.resolve([{ tenantId: tenants[0] as TenantId, chunks: 3, recall: 0.97 }]);
      }
    }
    const { connections, tenants: ofTenants, routing } = database.platform;
    const outcome = await new Reindex(new PoorIndex(connections, ofTenants, owner, letters, routing), model).execute(options(), signal);
    expect(outcome).toMatchObject({ isServing: false, embedded: 6, recalls: [{ recall: 0.97 }] });
    expect(await tenantModels()).toEqual([1, 1, 1]);
    expect(Object.fromEntries(await models())).toEqual({ 'test-model': 'ready', letters: 'building' });
  });

  it('leaves the deployment as it was when the provider fails', async () => {
    server.fail('wrong_dimensions');
    await expect(move()).rejects.toThrow('25 dimensions instead of 24');
    expect(await tenantModels()).toEqual([1, 1, 1]);
    expect((await move()).isServing).toBe(true);
  });

  describe('afterwards', () => {
    const removal = (hours: number): Promise<number> => {
      const { connections, tenants: ofTenants } = database.platform;
      return new RemoveRetiredVectors(new PostgresRetiredVectors(connections, ofTenants, hours)).execute(signal);
    };

    it('keeps the former vectors for a while, then removes them and no others', async () => {
      expect(await removal(0)).toBe(0);
      await move();
      expect(await removal(1)).toBe(0);
      expect(await removal(0)).toBe(6);
      for (const tenant of tenants.slice(0, 2)) expect(await vectors(tenant)).toEqual({ 2: 3 });
      expect(await removal(0)).toBe(0);
    });

    it('goes back at once while they are there', async () => {
      await move();
      const { connections, tenants: ofTenants, routing } = database.platform;
      const before: KnownModel = { version: 1, name: 'test-model', digest: 'test', dimensions: 8 };
      const back = new Reindex(new PostgresReindexStore(connections, ofTenants, owner, before, routing), model);
      expect(await back.execute(options(), signal)).toMatchObject({ isServing: true, embedded: 0 });
      expect(await tenantModels()).toEqual([1, 1, 1]);
      expect(await removal(0)).toBe(6);
      for (const tenant of tenants.slice(0, 2)) expect(await vectors(tenant)).toEqual({ 1: 3 });
    });
  });

  describe('a start', () => {
    const test = { name: 'test-model', digest: 'test', dimensions: 8 };
    const start = (...of: Parameters<typeof findConfiguredModels>[1][number][]) => findConfiguredModels(database.platform.connections, of);

    it('finds the model that serves among those that are configured', async () => {
      expect((await start(test)).serving.name).toBe('test-model');
      expect((await start(test, model.identity)).serving.name).toBe('test-model');
      await move();
      expect((await start(test, model.identity)).serving.name).toBe('letters');
      expect((await start(model.identity)).serving.name).toBe('letters');
    });

    it('is refused, with what to do, where the model is not registered, is another one, or the tenants have none of its vectors', async () => {
      await expect(start({ ...test, name: 'unknown' })).rejects.toThrow('unknown is not registered: run "npm run aegis -- migrate"');
      await expect(start({ ...test, digest: 'other' })).rejects.toThrow('is not the one that is registered under this name');
      await expect(start(model.identity)).rejects.toThrow('vectors were made with test-model');
      await expect(start(model.identity)).rejects.toThrow('"npm run aegis -- reindex"');
      await move();
      await expect(start(test)).rejects.toThrow('vectors were made with letters');
    });
  });
});
