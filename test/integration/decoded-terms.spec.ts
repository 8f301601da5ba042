import type { ChunkQuery } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { DecodedTerms } from '@aegis/infrastructure/retrieval/decoded-terms';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchMemories } from '@aegis/infrastructure/retrieval/search-memories';
import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';
import { compactWhole } from '../support/compacted';
import { deleteDocument, fakeVector, publishDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

/** As many changes as are wanted: `TERM_CHANGES=400`. */
const CHANGES = Number(process.env['TERM_CHANGES'] ?? 16);
const WORDS = '연차 휴가 급여 보안 펌프 회의 leave pump policy travel AB-123 3.5 근로자 입사일 계약 supplier delivery'.split(' ');

const remembersTerms = (termBytes: number) => searchMemories({ termBytes, passageBytes: 0, tokenCodeBytes: 0 });

describe('a search with decoded terms', () => {
  let database: TestDatabase;
  let remembering: PostgresChunkReader;
  let asking: PostgresChunkReader;
  const legs = jest.spyOn(DecodedTerms.prototype, 'leg');
  const fromMemory = () => legs.mock.results.filter(({ value }) => value !== null).length;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(() => {
    const { tenants, model, routing } = database.platform;
    remembering = new PostgresChunkReader(tenants, model, routing, remembersTerms(1e7));
    asking = new PostgresChunkReader(tenants, model, routing);
    legs.mockClear();
  });

  const random = seededRandom('decoded terms');
  const upTo = (count: number) => Math.floor(random() * count);
  const someWords = (count: number) => Array.from({ length: count }, () => WORDS[upTo(WORDS.length)] ?? '').join(' ');
  const someTexts = () => Array.from({ length: 1 + upTo(5) }, () => someWords(3 + upTo(40)));

  function query(tenantId: TenantId, words: string, weighed = false): ChunkQuery {
    const terms = [...new Set(bm25Terms(words))];
    const vector = random() < 0.5 ? fakeVector(words, database.platform.model.dimensions) : null;
    return {
      ...{ tenantId, vector, terms, filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth: 5, exact: false },
      nearestOnly: vector !== null && random() < 0.5,
      ...(weighed && { termWeights: new Map(terms.map((term) => [term, 0.1 + random() * 0.8])) }),
    };
  }

  /** JSON says a number in as many digits as tell it from every other: equal texts are equal bits. */
  async function compared(request: ChunkQuery): Promise<void> {
    const [mine, theirs] = [await remembering.search(request), await asking.search(request)];
    const text = ({ chunks, idf, ...rest }: typeof mine) => [
      JSON.stringify([rest, [...idf]]),
      ...chunks.map((chunk) => JSON.stringify(Object.entries(chunk).sort())),
    ];
    expect(text(mine)).toEqual(text(theirs));
  }

  it(`finds the same to the bit as one in the database, through ${CHANGES} changes`, async () => {
    const tenant = await database.aTenant();
    const living: Parameters<typeof deleteDocument>[2][] = [];
    for (let change = 0; change < CHANGES; change += 1) {
      const kind = random();
      const gone = kind < 0.2 ? living.pop() : undefined;
      if (gone !== undefined) await deleteDocument(database, tenant, gone);
      else if (kind < 0.3) await compactWhole(database, tenant);
      else living.push((await publishDocument(database, tenant, someTexts(), { filename: `${change}.md` })).id);
      for (let search = 0; search < 4; search += 1) await compared(query(tenant, someWords(1 + upTo(6)), random() < 0.5));
    }
    expect(fromMemory()).toBeGreaterThan(CHANGES);
  }, 120_000);

  it('reads a term once for each state of the corpus', async () => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차 휴가는 15일이다', '휴가 급여'], { filename: '휴가.md' });
    const read = jest.spyOn(DecodedTerms.prototype, 'read');
    const words = query(tenant, '연차 휴가');
    for (let search = 0; search < 4; search += 1) await remembering.search(words);
    expect(read).toHaveBeenCalledTimes(1); // the first search sees what there is
    await publishDocument(database, tenant, ['연차는 16일이다'], { filename: '연차.md' });
    for (let search = 0; search < 4; search += 1) await compared(words);
    expect(read).toHaveBeenCalledTimes(2);
    read.mockRestore();
  });

  it('keeps tenants apart whose states have the same number', async () => {
    const tenants = [await database.aTenant(), await database.aTenant()];
    for (const [at, tenant] of tenants.entries())
      await publishDocument(database, tenant, [`연차 휴가는 ${at}일이다`, ...Array.from({ length: at }, () => '연차')], {
        filename: '휴가.md',
      });
    for (let search = 0; search < 3; search += 1) for (const tenant of tenants) await compared(query(tenant, '연차 휴가'));
    expect(fromMemory()).toBeGreaterThan(2);
  });

  it.each([
    ['a filter', { filter: { ...NO_FILTER, filenames: ['휴가.md'] } }],
    ['a moment', { asOf: { validAt: null, knownAt: new Date(Date.now() + 60_000) } }],
    ['a replay', { exact: true }],
  ])('asks the database for a search with %s', async (_, about: Partial<ChunkQuery>) => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차 휴가는 15일이다'], { filename: '휴가.md' });
    for (let search = 0; search < 3; search += 1) await remembering.search({ ...query(tenant, '연차'), ...about });
    expect(legs).not.toHaveBeenCalled();
  });

  it('finds the same where a term has no room, and where nothing is to be kept', async () => {
    const { tenants, model, routing } = database.platform;
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, someTexts(), { filename: '휴가.md' });
    for (const maxBytes of [1, 0]) {
      remembering = new PostgresChunkReader(tenants, model, routing, remembersTerms(maxBytes));
      for (let search = 0; search < 3; search += 1) await compared(query(tenant, '연차 휴가'));
      expect(fromMemory()).toBe(0);
    }
  });
});
