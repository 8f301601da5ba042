import type { FoundChunks } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { vectorIndexName } from '@aegis/infrastructure/persistence/vector-index';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { fakeVector, publishDocument } from '../support/corpus';
import { describeOnEmbedded, OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

const DEPTH = 10;
const QUESTIONS = ['연차 휴가', '펌프 점검', 'travel policy', '보안 지침'];
const LIMIT = { RETRIEVAL_EXACT_MAX_CHUNKS: '40' };

describeOnEmbedded('the vector index of the embedded engine', () => {
  let database: TestDatabase;
  let large: TenantId;
  let small: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
    [large, small] = [await database.aTenant(), await database.aTenant()];
    await publishDocument(
      database,
      large,
      Array.from({ length: 60 }, (_, at) => `규정 ${at}`),
      { filename: '규정.md' },
    );
    await publishDocument(
      database,
      small,
      Array.from({ length: 4 }, (_, at) => `휴가 ${at}`),
      { filename: '휴가.md' },
    );
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  const hasIndex = async (): Promise<boolean> => {
    const [row] = await database.allRows<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
      `public.${vectorIndexName(database.platform.model)}`,
    ]);
    return row?.there ?? false;
  };

  function search(tenantId: TenantId, question: string, exact = false): Promise<FoundChunks> {
    const { tenants, model, routing } = database.platform;
    const vector = fakeVector(question, model.dimensions);
    return new PostgresChunkReader(tenants, model, routing).search({
      ...{ tenantId, vector, terms: [], filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth: DEPTH, exact },
    });
  }
  const idsOf = ({ chunks }: FoundChunks): string[] => chunks.map(({ chunkId }) => chunkId).sort();

  it('is not there while every tenant is small, nor beside requests once one is large', async () => {
    expect(await hasIndex()).toBe(false);
    expect((await search(large, '연차')).vectorRoute).toBe('exact');
    await database.restart({ RETRIEVAL_EXACT_MAX_CHUNKS: '60' });
    expect(await hasIndex()).toBe(false);
  });

  it('is built at the start after a tenant became large, and serves large tenants only', async () => {
    await database.restart(LIMIT);
    expect(await hasIndex()).toBe(true);
    for (const question of QUESTIONS) {
      const found = await search(large, question);
      expect([found.vectorRoute, idsOf(found)]).toEqual(['index', idsOf(await search(large, question, true))]);
      expect(await search(small, question)).toMatchObject({ vectorRoute: 'exact', chunks: { length: 4 } });
    }
  });

  it('takes in what is published after it, and is kept by the next start', async () => {
    await publishDocument(database, large, ['연차 휴가'], { filename: '새 휴가.md' });
    await database.restart(LIMIT);
    const found = await search(large, '연차 휴가');
    expect(found.vectorRoute).toBe('index');
    expect(found.chunks.find(({ vectorRank }) => vectorRank === 1)?.filename).toBe('새 휴가.md');
  });
});
