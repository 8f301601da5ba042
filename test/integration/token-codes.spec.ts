import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchMemories, type SearchMemories } from '@aegis/infrastructure/retrieval/search-memories';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { deleteDocument, publishDocument, type IndexedDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

describe('the token vectors of chunks', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  /** A document whose chunks hold as their codes the byte `first`, then their place. */
  async function aCodedDocument(tenant: TenantId, first: number, filename = '휴가.md'): Promise<IndexedDocument> {
    const document = await publishDocument(database, tenant, ['연차는 15일이다.', '연차는 넘기지 않는다.'], { filename });
    const rows = await database.rows<{ id: string }>(
      tenant,
      'SELECT id FROM chunks WHERE tenant_id = $1 AND document_id = $2 ORDER BY ordinal',
      [tenant, document.id],
    );
    const codes = new Map(rows.map(({ id }, at) => [id, Uint8Array.of(first, at)]));
    await database.uow().run(tenant, (tx) => tx.chunks.addTokenCodes(codes));
    return document;
  }

  async function codesFor(
    tenant: TenantId,
    chosen: (found: readonly string[]) => readonly string[],
    remembered?: SearchMemories,
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const { tenants, model, routing } = database.platform;
    const found = await new PostgresChunkReader(tenants, model, routing, remembered).search({
      ...{ tenantId: tenant, vector: null, terms: bm25Terms('연차'), asOf: { validAt: null, knownAt: null }, depth: 50, exact: false },
      filter: NO_FILTER,
      tokenCodesFor: (chunks) => chosen(chunks.map(({ chunkId }) => chunkId)),
    });
    return found.tokenCodes;
  }

  it('are read for the chunks that a search chooses, as they were written', async () => {
    const tenant = await database.aTenant();
    const document = await aCodedDocument(tenant, 42);
    const [first, second] = document.chunkIds;
    const codes = await codesFor(tenant, (found) => found);
    expect([...codes.keys()].sort()).toEqual([...document.chunkIds].sort());
    expect([...(codes.get(second ?? '') ?? [])]).toEqual([42, 1]);
    expect([...(await codesFor(tenant, () => [first ?? ''])).keys()]).toEqual([first]);
    expect(await codesFor(tenant, () => [])).toEqual(new Map());
  });

  it('are missing for chunks that have none', async () => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차는 15일이다.']);
    expect(await codesFor(tenant, (found) => found)).toEqual(new Map());
  });

  it('are not read for chunks of another tenant, whoever names them', async () => {
    const [mine, theirs] = [await database.aTenant(), await database.aTenant()];
    await aCodedDocument(mine, 1);
    const other = await aCodedDocument(theirs, 2);
    expect(await codesFor(mine, () => other.chunkIds)).toEqual(new Map());
  });

  it('that are remembered are the same, and those of one tenant nobody else gets', async () => {
    const [mine, theirs] = [await database.aTenant(), await database.aTenant()];
    const [own, other] = [await aCodedDocument(mine, 1), await aCodedDocument(theirs, 2)];
    const remembered = searchMemories({ termBytes: 0, passageBytes: 0, tokenCodeBytes: 1_000_000 });
    const first = await codesFor(mine, (found) => found, remembered);
    await database.rows(mine, 'DELETE FROM chunk_tokens WHERE tenant_id = $1', [mine]); // so that nobody could read them again
    expect(await codesFor(mine, () => own.chunkIds, remembered)).toEqual(first);
    expect(first.size).toBe(2);
    expect(await codesFor(theirs, () => own.chunkIds, remembered)).toEqual(new Map());
    expect([...(await codesFor(theirs, (found) => found, remembered)).keys()].sort()).toEqual([...other.chunkIds].sort());
  });

  it('go with their document', async () => {
    const tenant = await database.aTenant();
    const document = await aCodedDocument(tenant, 42);
    await aCodedDocument(tenant, 43, '다른.md');
    await deleteDocument(database, tenant, document.id);
    await database.uow().run(tenant, (tx) => tx.chunks.erase(document.id));
    const left = await database.rows<{ codes: Uint8Array }>(tenant, 'SELECT codes FROM chunk_tokens ORDER BY chunk_id');
    expect(left.map(({ codes }) => [...codes])).toEqual([
      [43, 0],
      [43, 1],
    ]);
  });
});
