import type { ChunkQuery, FoundChunk, FoundChunks } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER, type SearchFilter } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { deleteDocument, fakeVector, publishDocument, type IndexedDocument, type NewDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';
import { referenceBm25 } from '../support/reference-bm25';

const FILES: readonly (readonly [NewDocument, readonly string[]])[] = [
  [
    { filename: '휴가규정.md', docType: 'policy', department: 'HR', language: 'ko', tags: ['휴가', '2025'] },
    ['연차 유급휴가는 1년에 15일이다. 연차는 다음 해로 넘기지 않는다.', '병가는 10일이며 진단서를 낸다.', '경조 휴가는 5일이다.'],
  ],
  [
    { filename: 'remote-work.md', docType: 'policy', department: 'HR', language: 'en', tags: ['remote'] },
    [
      'Employees may work from home two days a week; leave is agreed with the manager.',
      'Remote work equipment is returned on the last day.',
    ],
  ],
  [
    { filename: 'pump-manual.md', docType: 'manual', department: 'Plant', language: 'en', tags: ['pump', '2025'] },
    ['Pump AB-123 is leak tested at 3.5 bar every year.', '펌프 AB-123의 압력은 3.5 bar 이다. 연차 점검을 한다.'],
  ],
  [{ filename: '회의록.md', language: 'ko' }, ['연차 연차 연차', '회의는 매주 월요일에 열린다.']],
];
const QUERY = '연차 휴가는 며칠인가? AB-123 leave';

describe('search', () => {
  let database: TestDatabase;
  let tenant: TenantId;
  let files: IndexedDocument[];

  beforeAll(async () => {
    database = await TestDatabase.open();
    tenant = await database.aTenant();
    files = [];
    for (const [about, texts] of FILES)
      files.push(await publishDocument(database, tenant, texts, { createdAt: at(files.length), ...about }));
    // What must not be seen nor counted: a replaced version, a deleted file, another tenant's.
    await publishDocument(database, tenant, ['연차는 1일이다'], { filename: '옛날.md' });
    files.push(await publishDocument(database, tenant, ['연차는 2일이다'], { filename: '옛날.md', version: 2, createdAt: at(9) }));
    const gone = await publishDocument(database, tenant, ['연차는 3일이다'], { filename: '없음.md' });
    await deleteDocument(database, tenant, gone.id);
    await publishDocument(database, await database.aTenant(), ['연차는 4일이다'], { filename: '남의.md' });
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  function search(
    words: string,
    about: Partial<Omit<ChunkQuery, 'filter'>> & { filter?: Partial<SearchFilter> } = {},
  ): Promise<FoundChunks> {
    const { tenants, model, routing } = database.platform;
    return new PostgresChunkReader(tenants, model, routing).search({
      ...{
        tenantId: tenant,
        vector: null,
        terms: [...new Set(bm25Terms(words))],
        asOf: { validAt: null, knownAt: null },
        depth: 50,
        exact: false,
      },
      ...about,
      filter: { ...NO_FILTER, ...about.filter },
    });
  }
  const vectorOf = (text: string) => fakeVector(text, database.platform.model.dimensions);

  /** Every chunk that the present shows, with its vector as it is stored. */
  const corpus = () =>
    database.rows<{ id: string; content: string; filename: string; vector: string }>(
      tenant,
      `SELECT c.public_id AS id, c.content, d.filename, e.embedding::text AS vector
         FROM chunks c JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
         JOIN embeddings e ON e.tenant_id = c.tenant_id AND e.chunk_id = c.id WHERE d.is_latest ORDER BY c.id`,
    );

  describe('text leg', () => {
    it('scores like BM25 written down plainly', async () => {
      const chunks = await corpus();
      expect(chunks).toHaveLength(10);
      const expected = referenceBm25(bm25Terms(QUERY), new Map(chunks.map((chunk) => [chunk.id, bm25Terms(chunk.content)])));
      const answer = await search(QUERY);
      expect(answer.chunksSearched).toBe(10);
      expect(answer.totalIdf).toBeCloseTo(expected.totalIdf, 9);
      expect([...answer.idf.values()].reduce((sum, idf) => sum + idf, 0)).toBe(answer.totalIdf);
      expect(answer.chunks.map((chunk) => chunk.chunkId).sort()).toEqual([...expected.scores.keys()].sort());
      expect(answer.chunks.length).toBeGreaterThan(4);
      for (const chunk of answer.chunks) {
        expect(chunk.bm25).toBeCloseTo(expected.scores.get(chunk.chunkId)?.score ?? Number.NaN, 9);
        expect(chunk.coveredIdf).toBeCloseTo(expected.scores.get(chunk.chunkId)?.coveredIdf ?? Number.NaN, 9);
      }
      expectRanks(
        answer.chunks,
        (chunk) => chunk.bm25Rank,
        (chunk) => -chunk.bm25,
      );
    });

    it('counts a term of less weight with that much of its idf', async () => {
      const [half, pump] = [await search('', { terms: ['연차', '휴가'], termWeights: new Map([['휴가', 0.5]]) }), await search('휴가')];
      const [leave, whole] = [await search('연차'), await search('연차 휴가')];
      expect(half.totalIdf).toBeCloseTo(leave.totalIdf + pump.totalIdf / 2, 9);
      expect(half.idf.get('연차')).toBe(leave.idf.get('연차'));
      expect(half.idf.get('휴가')).toBeCloseTo((pump.idf.get('휴가') ?? Number.NaN) / 2, 9);
      const scoreOf = ({ chunks }: FoundChunks, start: string) => chunks.find(({ content }) => content.startsWith(start))?.bm25 ?? 0;
      const both = '연차 유급휴가';
      expect(scoreOf(half, both)).toBeCloseTo(scoreOf(leave, both) + scoreOf(pump, both) / 2, 6);
      expect(scoreOf(half, both)).toBeLessThan(scoreOf(whole, both));
    });

    it('counts a term of the query once, however often it stands there', async () => {
      const [once, thrice] = [await search('연차'), await search('연차', { terms: ['연차', '연차', '연차'] })];
      expect(thrice).toEqual(once);
    });

    it('adds numbers up that have no rounding to lose: a plan may add in any order', async () => {
      const answer = await search(QUERY);
      const sums = answer.chunks.flatMap(({ bm25, coveredIdf }) => [bm25, coveredIdf]);
      expect(sums.filter((sum) => sum > 0).length).toBeGreaterThan(8);
      expect([...sums, answer.totalIdf].filter((sum) => !Number.isSafeInteger(sum * 2 ** 34))).toEqual([]);
    });

    it('finds nothing of words that are nowhere, and weighs them all the same', async () => {
      const answer = await search('흑요석');
      expect(answer.chunks).toEqual([]);
      expect(answer.chunksSearched).toBe(10);
      expect(answer.totalIdf).toBeCloseTo(2 * Math.log(1 + 10.5 / 0.5), 9); // 흑요, 요석: in no chunk
    });
  });

  describe('vector leg', () => {
    it('gives the cosine of the stored vectors, of every chunk', async () => {
      const vector = vectorOf('아무 문장');
      const answer = await search('', { vector, terms: [] });
      const stored = new Map((await corpus()).map((chunk) => [chunk.id, JSON.parse(chunk.vector) as number[]]));
      expect(answer.chunks).toHaveLength(10);
      // Natively the query is a halfvec too: about three decimal digits.
      const digits = database.platform.routing.vectorType === 'vector' ? 6 : 2;
      for (const chunk of answer.chunks) expect(chunk.similarity).toBeCloseTo(cosine(vector, stored.get(chunk.chunkId) ?? []), digits);
      expect(answer.chunks.every((chunk) => chunk.bm25 === 0 && chunk.bm25Rank === null)).toBe(true);
      expectRanks(
        answer.chunks,
        (chunk) => chunk.vectorRank,
        (chunk) => -(chunk.similarity ?? 0),
      );
    });

    it('finds a text by its own vector first', async () => {
      const text = '경조 휴가는 5일이다.';
      const [best] = byRank(await search('', { vector: vectorOf(text), terms: [] }), 'vectorRank');
      expect(best).toMatchObject({ content: text, filename: '휴가규정.md', ordinal: 2, version: 1, page: 1, kind: 'text', section: [] });
      expect(best?.similarity).toBeCloseTo(1, 2);
    });

    it('is left out without a vector: BM25 answers alone', async () => {
      const answer = await search('연차');
      expect(answer.chunks.length).toBeGreaterThan(2);
      expect(answer.chunks.every((chunk) => chunk.similarity === null && chunk.vectorRank === null && chunk.bm25 > 0)).toBe(true);
    });

    it('does not take vectors of another model', async () => {
      const { tenants, model, routing } = database.platform;
      const reader = new PostgresChunkReader(tenants, { version: model.version + 1_000, dimensions: model.dimensions }, routing);
      const about = { tenantId: tenant, vector: vectorOf('연차'), terms: ['연차'], filter: NO_FILTER, depth: 50, exact: false };
      const answer = await reader.search({ ...about, asOf: { validAt: null, knownAt: null } });
      expect(answer.chunks.length).toBeGreaterThan(2);
      expect(answer.chunks.every((chunk) => chunk.vectorRank === null && chunk.similarity === null)).toBe(true);
    });
  });

  it('scores what one leg found by the other leg too', async () => {
    const answer = await search('월요일', { vector: vectorOf('아무 문장'), depth: 1 });
    const [byText, byVector] = [byRank(answer, 'bm25Rank')[0], byRank(answer, 'vectorRank')[0]];
    expect(byText).toMatchObject({ content: '회의는 매주 월요일에 열린다.', bm25Rank: 1 });
    expect(byText?.similarity).not.toBeNull();
    expect(byVector?.vectorRank).toBe(1);
    expect(answer.chunks.length).toBeLessThanOrEqual(2); // depth bounds each leg
  });

  it('takes the best of each leg when there is more than asked for', async () => {
    const all = await search(QUERY, { vector: vectorOf('아무 문장') });
    const three = await search(QUERY, { vector: vectorOf('아무 문장'), depth: 3 });
    for (const leg of ['bm25Rank', 'vectorRank'] as const) {
      expect(byRank(three, leg).map((chunk) => chunk.chunkId)).toEqual(
        byRank(all, leg)
          .slice(0, 3)
          .map((chunk) => chunk.chunkId),
      );
    }
    expect(three.chunksSearched).toBe(10);
  });

  it.each<[string, NonNullable<Parameters<typeof search>[1]>]>([
    ['of the present', {}],
    ['under a filter', { filter: { languages: ['ko'] } }],
    ['of a moment', { asOf: { validAt: new Date(Date.now() + 3_600_000), knownAt: null } }],
  ])('brings only the nearest where no others are taken, with what the words say of them: %s', async (_, about) => {
    const asked = { vector: vectorOf('아무 문장'), depth: 2, ...about };
    const [both, nearest] = [await search(QUERY, asked), await search(QUERY, { ...asked, nearestOnly: true })];
    expect(both.chunks.length).toBeGreaterThan(2);
    expect(nearest.chunks).toHaveLength(2);
    expect(nearest).toEqual({ ...both, chunks: both.chunks.filter(({ vectorRank }) => vectorRank !== null) });
  });

  describe('filter', () => {
    const filters: readonly (readonly [string, (files: readonly IndexedDocument[]) => Partial<SearchFilter>, readonly string[]])[] = [
      ['doc_types', () => ({ docTypes: ['policy'] }), ['remote-work.md', '휴가규정.md']],
      ['departments', () => ({ departments: ['Plant', 'Legal'] }), ['pump-manual.md']],
      ['languages', () => ({ languages: ['en'] }), ['pump-manual.md', 'remote-work.md']],
      ['tags, any of them', () => ({ tags: ['2025', 'nothing'] }), ['pump-manual.md', '휴가규정.md']],
      ['filenames', () => ({ filenames: ['회의록.md', '옛날.md'] }), ['옛날.md', '회의록.md']],
      ['document ids', (known) => ({ documentIds: [known[1]?.id ?? ''] }), ['remote-work.md']],
      ['created after, that moment included', () => ({ createdAfter: at(3) }), ['옛날.md', '회의록.md']],
      ['created before, that moment not included', () => ({ createdBefore: at(1) }), ['휴가규정.md']],
      ['all of several fields', () => ({ docTypes: ['policy'], languages: ['en'] }), ['remote-work.md']],
      ['nothing at all', () => ({ docTypes: ['policy'], departments: ['Plant'] }), []],
    ];

    it.each(filters)('by %s holds in both legs, and in what is counted', async (_name, filterOf, expected) => {
      const filter = filterOf(files);
      const answer = await search('연차 work pump 회의', { vector: vectorOf('아무 문장'), filter });
      const chunks = (await corpus()).filter((chunk) => expected.includes(chunk.filename));
      expect([...new Set(answer.chunks.map((chunk) => chunk.filename))].sort()).toEqual([...expected].sort());
      expect(answer.chunksSearched).toBe(chunks.length);
      expect(answer.chunks.filter((chunk) => chunk.vectorRank !== null)).toHaveLength(chunks.length);
      // BM25 of what is let through: the rest changes neither counts nor average length.
      const terms = [...new Set(bm25Terms('연차 work pump 회의'))];
      const { scores, totalIdf } = referenceBm25(terms, new Map(chunks.map((chunk) => [chunk.id, bm25Terms(chunk.content)])));
      expect(answer.totalIdf).toBeCloseTo(totalIdf, 9);
      for (const chunk of answer.chunks) expect(chunk.bm25).toBeCloseTo(scores.get(chunk.chunkId)?.score ?? 0, 9);
    });

    it('finds the k best of few among many', async () => {
      const few = await search('', { vector: vectorOf('아무 문장'), terms: [], depth: 2, filter: { filenames: ['pump-manual.md'] } });
      expect(few.chunks.map((chunk) => chunk.filename)).toEqual(['pump-manual.md', 'pump-manual.md']);
    });
  });

  describe('nothing to find', () => {
    it.each([{ filter: {} }, { filter: { languages: ['ko'] } }, { asOf: { validAt: new Date(), knownAt: null } }])(
      'answers a tenant without documents with nothing searched: %j',
      async (about) => {
        const empty = await database.aTenant();
        const answer = await search(QUERY, { tenantId: empty, vector: vectorOf(QUERY), ...about });
        expect(answer).toMatchObject({ chunks: [], chunksSearched: 0, corpusEpoch: 0 });
        expect(Number.isFinite(answer.totalIdf)).toBe(true);
      },
    );

    it('answers with nothing searched when the last document was deleted', async () => {
      const own = await database.aTenant();
      const { id } = await publishDocument(database, own, ['연차는 15일이다']);
      await deleteDocument(database, own, id);
      expect(await search('연차', { tenantId: own, vector: vectorOf('연차') })).toMatchObject({
        chunks: [],
        chunksSearched: 0,
        corpusEpoch: 2,
      });
    });
  });

  describe('repeating', () => {
    it('gives the same answer in the same order, equal scores too', async () => {
      const own = await database.aTenant();
      const texts = Array.from({ length: 12 }, () => '같은 문장이 되풀이된다');
      const { chunkIds } = await publishDocument(database, own, texts);
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => search('같은 문장', { tenantId: own, vector: vectorOf('다른 문장'), depth: 5 })),
      );
      for (const answer of answers) {
        expect(answer).toEqual(answers[0]);
        expect(byRank(answer, 'bm25Rank').map((chunk) => chunk.chunkId)).toEqual(chunkIds.slice(0, 5)); // ties: the older chunk first
        expect(byRank(answer, 'vectorRank').map((chunk) => chunk.chunkId)).toEqual(chunkIds.slice(0, 5));
      }
    });

    it('of a search of the past is exact, whatever was uploaded, replaced and deleted since', async () => {
      const own = await database.aTenant();
      const first = await publishDocument(database, own, ['연차는 15일이다', '병가는 10일이다'], { filename: '가.md', validFrom: at(0) });
      await publishDocument(database, own, ['연차 휴가 신청서', '연차 대장'], { filename: '나.md', validFrom: at(0) });
      const vector = vectorOf('연차');
      const present = await search('연차 휴가', { tenantId: own, vector });
      const [{ now: knownAt } = { now: new Date() }] = await database.rows<{ now: Date }>(
        own,
        `SELECT date_trunc('milliseconds', clock_timestamp()) + interval '1 ms' AS now`,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
      const replay = () => search('연차 휴가', { tenantId: own, vector, asOf: { validAt: knownAt, knownAt } });
      const before = await replay();
      expect(before).toEqual({ ...present, validAt: knownAt }); // the same chunks, ranks and scores as the present had

      await publishDocument(database, own, ['연차는 17일이다'], { filename: '가.md', version: 2, validFrom: at(5) });
      await publishDocument(database, own, ['휴가 휴가 휴가'], { filename: '다.md', validFrom: at(0) });
      await publishDocument(database, own, ['연차는 0일이다'], { filename: '나.md', version: 2, validFrom: at(1) });
      expect(await replay()).toEqual(before);
      expect((await search('연차 휴가', { tenantId: own, vector })).chunks.map((chunk) => chunk.documentId)).not.toContain(first.id);
    });
  });
});

/** Days of January 2025. */
function at(day: number): Date {
  return new Date(Date.UTC(2025, 0, 1 + day));
}

const byRank = (answer: FoundChunks, leg: 'bm25Rank' | 'vectorRank'): readonly FoundChunk[] =>
  answer.chunks.filter((chunk) => chunk[leg] !== null).sort((a, b) => (a[leg] ?? 0) - (b[leg] ?? 0));

/** Ranks are 1, 2, 3 … in the order of the scores. */
function expectRanks(
  chunks: readonly FoundChunk[],
  rankOf: (chunk: FoundChunk) => number | null,
  orderOf: (chunk: FoundChunk) => number,
): void {
  const ranked = [...chunks].sort((a, b) => (rankOf(a) ?? 0) - (rankOf(b) ?? 0));
  expect(ranked.map(rankOf)).toEqual(ranked.map((_chunk, index) => index + 1));
  const order = ranked.map((chunk) => Math.round(orderOf(chunk) * 1e5));
  expect(order).toEqual([...order].sort((a, b) => a - b));
}

function cosine(a: Float32Array, b: readonly number[]): number {
  const dot = b.reduce((sum, value, index) => sum + value * (a[index] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}
