import type { FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { CompactPostings } from '@aegis/application/ingestion/compact-postings';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresPostingCompaction, type CompactionPace } from '@aegis/infrastructure/ingestion/postgres-posting-compaction';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';
import { compactWhole } from '../support/compacted';
import { aDocument, deleteDocument, publishDocument, stageDocument, type NewDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded, onNative } from '../support/database';

/** As many changes as are wanted: `SEGMENT_CHANGES=400`. */
const CHANGES = Number(process.env['SEGMENT_CHANGES'] ?? 60);
const NAMES = ['취업규칙.md', '휴가규정.md', 'pump-manual.md', '보안지침.md', 'remote-work.md', '회의록.md'];
const COMMON = '연차 휴가 급여 보안 펌프 회의 leave pump policy travel'.split(' ');
const WHOLE: CompactionPace = { postings: 1_000_000, sharedSegments: 1_000_000, quietMs: 60_000 };
const TINY: CompactionPace = { postings: 40, sharedSegments: 2, quietMs: 60_000 };

describe('posting segments', () => {
  let database: TestDatabase;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
  });

  const compactionOf = (size: CompactionPace): PostgresPostingCompaction =>
    new PostgresPostingCompaction(database.platform.connections, database.platform.tenants, size);

  const compact = (of: TenantId, pace: CompactionPace = WHOLE, slices = Infinity): Promise<void> =>
    compactWhole(database, of, pace, slices);

  async function found(of: TenantId, words: string, atEpoch?: number) {
    const { tenants, model, routing } = database.platform;
    const answer = await new PostgresChunkReader(tenants, model, routing).search({
      ...{ tenantId: of, vector: null, terms: [...new Set(bm25Terms(words))], filter: NO_FILTER, depth: 30, exact: true },
      asOf: { validAt: null, knownAt: null, ...(atEpoch !== undefined && { atEpoch }) },
    });
    const about = ({ filename, version, ordinal, content, bm25, coveredIdf, bm25Rank }: FoundChunk) =>
      [filename, version, ordinal, content, bits(bm25), bits(coveredIdf), bm25Rank].join(' ');
    return {
      chunks: answer.chunks.map(about).sort(),
      searched: answer.chunksSearched,
      idf: [bits(answer.totalIdf), ...[...answer.idf.values()].map(bits)],
    };
  }

  const segmentsOf = (of: TenantId) =>
    database.rows<{ live: boolean; shared: boolean; n: number; entries: string }>(
      of,
      'SELECT live, shared, count(*)::int AS n, sum(g.n) AS entries FROM posting_segments g GROUP BY 1, 2 ORDER BY 1, 2',
    );
  /** A rare term is looked for in the one shared segment at or before it: two of them must not overlap. */
  const overlaps = (of: TenantId) =>
    database.rows(
      of,
      `SELECT live, term FROM (SELECT live, term, (SELECT max(t) FROM unnest(terms) AS t) AS last, lead(term) OVER (PARTITION BY live ORDER BY term) AS next
         FROM posting_segments WHERE shared) s WHERE last >= next`,
    );
  const entriesOf = (of: TenantId) =>
    database.rows<{ chunk_id: string; term: string }>(
      of,
      `SELECT chunk_id, term FROM postings UNION ALL
       SELECT e.chunk_id, coalesce(e.term, g.term) FROM posting_segments g CROSS JOIN LATERAL unnest(g.terms, g.chunk_ids) AS e(term, chunk_id)
       ORDER BY 1, 2`,
    );

  describe('of a corpus that changes', () => {
    const random = seededRandom('posting segments');
    const upTo = (count: number) => Math.floor(random() * count);
    const oneOf = <T>(values: readonly T[]): T => values[upTo(values.length)] as T;
    const someWords = (count: number) => Array.from({ length: count }, () => (random() < 0.6 ? oneOf(COMMON) : rare(upTo(200)))).join(' ');

    it(
      `finds the same as where nothing is ever compacted, through ${CHANGES} changes, now and at every moment before`,
      async () => {
        const twin = await database.aTenant();
        const both = [tenant, twin] as const;
        const files = new Map<string, { ids: readonly (DocumentId | null)[]; deleted: boolean }[]>();
        let epochs = 0;
        const publish = async (about: NewDocument, texts: readonly string[]): Promise<readonly DocumentId[]> => {
          const ids: DocumentId[] = [];
          for (const of of both) ids.push((await publishDocument(database, of, texts, about)).id);
          epochs += 1;
          return ids;
        };
        const erase = (of: TenantId, id: DocumentId) => database.uow().run(of, (tx) => tx.chunks.erase(id));
        const deleteOne = async (): Promise<void> => {
          const living = [...files.values()].flat().filter(({ deleted }) => !deleted);
          if (living.length === 0) return;
          const victim = oneOf(living);
          victim.deleted = true;
          epochs += 1;
          const andErase = random() < 0.7;
          for (const [at, of] of both.entries()) {
            const id = victim.ids[at];
            if (id === undefined || id === null) continue;
            await deleteDocument(database, of, id);
            if (andErase) await erase(of, id);
          }
        };
        const stageAside = async (): Promise<void> => {
          const texts = Array.from({ length: 2 }, () => someWords(12));
          for (const of of both) {
            const document = aDocument(of, { filename: `staged-${upTo(1e9)}.md` });
            await database.uow().run(of, (tx) => stageDocument(tx, database, document, texts));
          }
        };
        const seen = new Set<string>();
        let compared = 0;
        for (let n = 0; n < CHANGES; n += 1) {
          const kind = random();
          if (kind < 0.12) await deleteOne();
          else if (kind < 0.17) await stageAside();
          else {
            const filename = oneOf(NAMES);
            const versions = files.get(filename) ?? [];
            const texts = Array.from({ length: 1 + upTo(8) }, () => someWords(4 + upTo(30)));
            const ids = await publish({ filename, version: versions.length + 1 }, texts);
            files.set(filename, [...versions, { ids, deleted: false }]);
          }
          if (random() < 0.4) await compact(tenant, oneOf([WHOLE, TINY, TINY]), random() < 0.3 ? 1 + upTo(4) : Infinity);
          expect([n, await overlaps(tenant)]).toEqual([n, []]);
          for (const { live, shared } of await segmentsOf(tenant)) seen.add(`${live} ${shared}`);
          for (const epoch of [undefined, ...(epochs === 0 ? [] : [1 + upTo(epochs), 1 + upTo(epochs)])]) {
            const words = someWords(1 + upTo(5));
            const [mine, theirs] = [await found(tenant, words, epoch), await found(twin, words, epoch)];
            expect([n, words, epoch, mine]).toEqual([n, words, epoch, theirs]);
            compared += mine.chunks.length;
          }
        }
        await compact(tenant);
        // Not vacuous: something was found, in segments of every kind, and nothing that was erased is left in any.
        expect(compared).toBeGreaterThan(CHANGES * 10);
        expect([...seen].sort()).toEqual(['false false', 'false true', 'true false', 'true true']);
        const [kept, twins] = [await entriesOf(tenant), await entriesOf(twin)];
        expect(kept.map(({ term }) => term).sort()).toEqual(twins.map(({ term }) => term).sort());
        const orphans = await database.rows(
          tenant,
          'SELECT 1 FROM posting_segments g, unnest(g.chunk_ids) AS e(id) WHERE e.id NOT IN (SELECT id FROM chunks)',
        );
        expect(orphans).toEqual([]);
        const staged = await database.rows<{ n: number }>(tenant, 'SELECT count(DISTINCT chunk_id)::int AS n FROM postings');
        expect(staged).toEqual(await database.rows(tenant, 'SELECT count(*)::int AS n FROM hidden_chunks WHERE NOT dead'));
      },
      20_000 + CHANGES * 2_000,
    );
  });

  it('fills segments of frequent terms, and takes entries of later documents behind them', async () => {
    const texts = (from: number, count: number) => Array.from({ length: count }, (_, at) => `연차 ${rare(from + at)}`);
    await publishDocument(database, tenant, texts(0, 1_300), { filename: 'a.md' });
    const before = await found(tenant, `연차 ${rare(7)} ${rare(1_299)}`);
    await compact(tenant);
    const own = () => database.rows<{ n: number }>(tenant, 'SELECT n FROM posting_segments WHERE NOT shared ORDER BY term, first_chunk');
    expect((await own()).map(({ n }) => n)).toEqual([650, 650]);
    expect(await found(tenant, `연차 ${rare(7)} ${rare(1_299)}`)).toEqual(before);
    await publishDocument(database, tenant, texts(2_000, 5), { filename: 'b.md' });
    await publishDocument(database, tenant, texts(3_000, 40), { filename: 'c.md' });
    await compact(tenant);
    expect((await own()).map(({ n }) => n)).toEqual([650, 650, 45]);
    const { searched, chunks } = await found(tenant, `연차 ${rare(2_004)}`);
    expect([searched, chunks.filter((chunk) => chunk.includes(rare(2_004))).length]).toEqual([1_345, 1]);
    expect(await database.rows(tenant, 'SELECT count(*)::int AS n FROM postings')).toEqual([{ n: 0 }]);
  }, 60_000);

  it('leaves nothing of an erased document in segments, and everything of the others', async () => {
    const words = (secret: string) => Array.from({ length: 40 }, (_, at) => `연차 휴가 ${secret}${rare(at)}`);
    const gone = await publishDocument(database, tenant, words('secret'), { filename: 'secret.md' });
    await publishDocument(database, tenant, words('other'), { filename: 'other.md' });
    await compact(tenant);
    const others = (await entriesOf(tenant)).length / 2;
    await deleteDocument(database, tenant, gone.id);
    expect((await found(tenant, `secret${rare(7)}`)).chunks).toEqual([]); // at once
    await database.uow().run(tenant, (tx) => tx.chunks.erase(gone.id));
    const left = await entriesOf(tenant);
    expect(left).toHaveLength(others);
    const chunks = await database.rows<{ id: string }>(tenant, 'SELECT id FROM chunks');
    expect(new Set(left.map(({ chunk_id }) => chunk_id))).toEqual(new Set(chunks.map(({ id }) => id)));
    expect((await found(tenant, `other${rare(7)}`)).chunks).toHaveLength(1);
  });

  it('knows whose turn it is: enough that is new, and nothing once it was done', async () => {
    const compaction = compactionOf(WHOLE);
    await publishDocument(
      database,
      tenant,
      Array.from({ length: 63 }, (_, at) => `연차 ${at}`),
      { filename: 'a.md' },
    );
    expect(await compaction.due()).not.toContain(tenant); // somebody may go on publishing
    await publishDocument(database, tenant, ['연차'], { filename: 'b.md' });
    expect(await compaction.due()).toContain(tenant);
    const { moved } = await new CompactPostings(compaction).execute(new AbortController().signal);
    expect(moved).toBeGreaterThanOrEqual(64);
    expect(await compaction.due()).not.toContain(tenant);
    expect(await compaction.begin(tenant)).toBeNull();
    await publishDocument(
      database,
      tenant,
      Array.from({ length: 63 }, (_, at) => `연차 ${at}`),
      { filename: 'c.md' },
    );
    expect(await compaction.due()).not.toContain(tenant);
    // So many that ours is among the first of a shared database.
    expect(await compactionOf({ ...WHOLE, quietMs: 0 }).due()).toContain(tenant); // nobody goes on
  });

  describeOnEmbedded('on the embedded engine', () => {
    it('uses room again that compacted postings have left', async () => {
      const sizes: number[] = [];
      for (let n = 0; n < 6; n += 1) {
        await publishDocument(
          database,
          tenant,
          Array.from({ length: 64 }, (_, at) => `연차 ${rare(n)} ${rare(at)} 휴가 급여 보안`),
          { filename: `${n}.md` },
        );
        await compact(tenant);
        const [size] = await database.asSuperuser((manager) =>
          manager.query<{ bytes: string }[]>(`SELECT pg_relation_size('postings') AS bytes`),
        );
        sizes.push(Number(size?.bytes));
      }
      expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual((sizes[0] ?? 0) + 8_192);
    });
  });

  it('loses and doubles nothing while documents come, change and go', async () => {
    const random = seededRandom('segments at once');
    let working = true;
    const errors: unknown[] = [];
    const compacting = Array.from({ length: 2 }, async (_, at) => {
      while (working) await compact(tenant, at === 0 ? TINY : WHOLE).catch((error: unknown) => errors.push(error));
    });
    const expected = new Map<string, number>();
    const publishing = Array.from({ length: 3 }, async (_, writer) => {
      for (let n = 0; n < (onNative ? 25 : 6); n += 1) {
        const filename = `${writer}-${n % 4}.md`;
        const texts = Array.from(
          { length: 1 + Math.floor(random() * 6) },
          (_text, at) => `연차 휴가 w${writer} n${n} ${rare(n * 10 + at)} pump${Math.floor(random() * 40)}`,
        );
        const { id } = await publishDocument(database, tenant, texts, { filename, version: 1 + Math.floor(n / 4) });
        if (random() < 0.3) {
          await deleteDocument(database, tenant, id);
          await database.uow().run(tenant, (tx) => tx.chunks.erase(id));
        } else expected.set(id, texts.length);
      }
    });
    await Promise.all(publishing);
    working = false;
    await Promise.all(compacting);
    expect(errors).toEqual([]);
    const chunks = await database.rows<{ id: string; content: string; document_id: string }>(
      tenant,
      'SELECT id, content, document_id FROM chunks',
    );
    expect(chunks).toHaveLength([...expected.values()].reduce((sum, count) => sum + count, 0));
    const due = chunks.map(({ id, content }) => [id, new Set(bm25Terms(content)).size] as const);
    const kept = new Map<string, number>();
    const pairs = await entriesOf(tenant);
    for (const { chunk_id } of pairs) kept.set(chunk_id, (kept.get(chunk_id) ?? 0) + 1);
    expect(new Set(pairs.map(({ chunk_id, term }) => `${chunk_id} ${term}`)).size).toBe(pairs.length);
    expect([...kept].sort()).toEqual([...due].sort());
    expect((await segmentsOf(tenant)).length).toBeGreaterThan(0);
  }, 120_000);
});

/** A word of its own for each number: without digits, which would be a term too, and without an ending to take off. */
const rare = (number: number): string => `rare${String(number).replace(/\d/g, (digit) => 'bcdfghjkmp'.charAt(Number(digit)))}`;

/** To tell numbers apart that print alike. */
const bits = (number: number): string => Buffer.from(Float64Array.of(number).buffer).toString('hex');
