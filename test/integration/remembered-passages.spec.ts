import type { FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchMemories, withoutMemories } from '@aegis/infrastructure/retrieval/search-memories';
import { deleteDocument, publishDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

/** What searches have read of the texts of chunks. */
describe('remembered passages', () => {
  let database: TestDatabase;
  let memories = withoutMemories();

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(() => {
    memories = searchMemories({ termBytes: 1_000_000, passageBytes: 1_000_000, tokenCodeBytes: 0 });
  });

  async function found(tenantId: TenantId, words = '연차', used = memories): Promise<readonly FoundChunk[]> {
    const { tenants, model, routing } = database.platform;
    const about = { tenantId, vector: null, terms: bm25Terms(words), depth: 50, exact: false };
    const asOf = { validAt: null, knownAt: null };
    return (await new PostgresChunkReader(tenants, model, routing, used).search({ ...about, filter: NO_FILTER, asOf })).chunks;
  }
  const texts = async (tenantId: TenantId) => (await found(tenantId)).map(({ content }) => content);
  /** Behind the back of all memories: a text that is read now has a mark. */
  const marked = (tenantId: TenantId) =>
    database.rows(tenantId, `UPDATE chunks SET content = content || ' (read now)' WHERE tenant_id = $1`, [tenantId]);

  it('are the same as those that are read, and are read once', async () => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차는 15일이다.', '연차는 넘기지 않는다.'], { filename: '휴가.md', title: '휴가 규정' });
    const first = await found(tenant);
    expect(first).toEqual(await found(tenant, '연차', withoutMemories()));
    expect(first.map(({ content, title, filename }) => [content, title, filename])).toEqual([
      ['연차는 15일이다.', '휴가 규정', '휴가.md'],
      ['연차는 넘기지 않는다.', '휴가 규정', '휴가.md'],
    ]);
    await marked(tenant);
    expect(await found(tenant)).toEqual(first);
    expect((await found(tenant, '연차', withoutMemories())).map(({ content }) => content)).toEqual([
      '연차는 15일이다. (read now)',
      '연차는 넘기지 않는다. (read now)',
    ]);
  });

  it('are read where they are missing, beside others that are not', async () => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차는 15일이다.'], { filename: '휴가.md' });
    await found(tenant);
    await marked(tenant);
    await publishDocument(database, tenant, ['연차는 16일이다.'], { filename: '연차.md' });
    expect((await texts(tenant)).sort()).toEqual(['연차는 15일이다.', '연차는 16일이다.']);
  });

  it('say nothing of a chunk that is not found any more', async () => {
    const tenant = await database.aTenant();
    const document = await publishDocument(database, tenant, ['연차는 15일이다.'], { filename: '휴가.md' });
    await publishDocument(database, tenant, ['연차는 16일이다.'], { filename: '연차.md' });
    expect(await texts(tenant)).toHaveLength(2);
    await deleteDocument(database, tenant, document.id);
    expect(await texts(tenant)).toEqual(['연차는 16일이다.']);
  });

  it('of one tenant nobody else gets, whatever a search believes to have found', async () => {
    const [mine, theirs] = [await database.aTenant(), await database.aTenant()];
    await publishDocument(database, mine, ['MINE 연차는 15일이다.']);
    await publishDocument(database, theirs, ['THEIRS 연차는 16일이다.']);
    for (let time = 0; time < 2; time += 1) for (const tenant of [mine, theirs]) await found(tenant);
    // As if somebody's memory had mixed tenants up: the words of mine name the chunks of theirs.
    const [their] = await database.allRows<{ id: string }>('SELECT id FROM chunks WHERE tenant_id = $1', [theirs]);
    const leg = memories.terms.leg.bind(memories.terms);
    const mixedUp = jest.spyOn(memories.terms, 'leg').mockImplementation((state, asked) => {
      const found = leg(state, asked);
      return found && Object.assign(found, { chunkIds: [...found.chunkIds, Number(their?.id)] });
    });
    const again = async () => {
      const { tenants, model, routing } = database.platform;
      const reader = new PostgresChunkReader(tenants, model, routing, memories);
      const about = { tenantId: mine, vector: null, terms: bm25Terms('연차'), depth: 50, exact: false, filter: NO_FILTER };
      const search = () => reader.search({ ...about, asOf: { validAt: null, knownAt: null } });
      await search(); // sees what there is
      return (await search()).chunks.map(({ content }) => content);
    };
    expect(await again()).toStrictEqual(['MINE 연차는 15일이다.']);
    expect(mixedUp.mock.results.at(-1)?.value).toMatchObject({ chunkIds: [expect.any(Number), Number(their?.id)] });
  });
});
