import type { DocumentId } from '@aegis/domain/documents/document-id';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresDocumentReader } from '@aegis/infrastructure/documents/postgres-document-reader';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { aDocument, deleteDocument, publishDocument, stageDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

const NAME = '취업규칙.md';
const JANUARY = new Date('2025-01-01T00:00:00Z');
const MARCH = new Date('2025-03-01T00:00:00Z');
const JUNE = new Date('2025-06-01T00:00:00Z');

describe('version switch', () => {
  let database: TestDatabase;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
  });

  interface VersionRow {
    readonly version: number;
    readonly is_latest: boolean;
    readonly status: string;
    readonly epoch_from: string | null;
    readonly epoch_to: string | null;
  }
  const versions = (): Promise<VersionRow[]> =>
    database.rows(tenant, 'SELECT version, is_latest, status, epoch_from, epoch_to FROM documents ORDER BY version');

  /** What a reader finds of the words, oldest document first. */
  async function found(words: string, asOf: { validAt?: Date; knownAt?: Date } = {}): Promise<{ texts: string[]; searched: number }> {
    const { tenants, model, routing } = database.platform;
    const answer = await new PostgresChunkReader(tenants, model, routing).search({
      tenantId: tenant,
      vector: null,
      terms: [...new Set(bm25Terms(words))],
      filter: NO_FILTER,
      asOf: { validAt: asOf.validAt ?? null, knownAt: asOf.knownAt ?? null },
      depth: 50,
      exact: false,
    });
    return { texts: answer.chunks.map((chunk) => chunk.content), searched: answer.chunksSearched };
  }
  const texts = async (words: string, asOf?: { validAt?: Date; knownAt?: Date }) => (await found(words, asOf)).texts;

  /** The counters that BM25 believes, and what a recount says. */
  async function counters(): Promise<{ kept: unknown; recounted: unknown }> {
    const [kept] = await database.rows(tenant, 'SELECT n, sumdl FROM tenant_stats');
    const [recounted] = await database.rows(
      tenant,
      `SELECT count(*) AS n, coalesce(sum(c.dl), 0) AS sumdl FROM chunks c JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
        WHERE d.is_latest AND NOT EXISTS (SELECT 1 FROM hidden_chunks h WHERE h.tenant_id = c.tenant_id AND h.chunk_id = c.id)`,
    );
    return { kept, recounted };
  }
  async function expectCountersToHold(): Promise<void> {
    const { kept, recounted } = await counters();
    expect(kept).toEqual(recounted);
  }

  /** A moment of the database that lies behind everything committed so far. */
  async function databaseNow(): Promise<Date> {
    const [row] = await database.rows<{ now: Date }>(tenant, 'SELECT clock_timestamp() AS now');
    if (row === undefined) throw new Error('no clock');
    await new Promise((resolve) => setTimeout(resolve, 5));
    return new Date(row.now.getTime() + 1); // a Date has no microseconds: never before what was just published
  }

  const publish = (version: number, words: readonly string[], validFrom = JANUARY) =>
    publishDocument(database, tenant, words, { filename: NAME, version, validFrom, createdAt: new Date() });

  it('lists what answers now, and the newest upload while it does not answer, and no other', async () => {
    const anyOf = {
      status: undefined,
      filename: undefined,
      docType: undefined,
      department: undefined,
      language: undefined,
      tag: undefined,
    };
    const listed = async (latestOnly = true) => {
      const reader = new PostgresDocumentReader(database.platform.tenants);
      const page = await reader.list(tenant, { ...anyOf, latestOnly }, { limit: 20, after: null });
      return page.items.map(({ version, status }) => `${version} ${status}`).sort();
    };
    const upload = async (version: number, failed: boolean) => {
      const document = aDocument(tenant, { filename: NAME, version });
      await database.uow().run(tenant, async (tx) => {
        await stageDocument(tx, database, document, ['연차는 15일이다']);
        if (!failed) return;
        document.fail({ code: 'no_text', message: 'no text', retryable: false }, new Date());
        await tx.documents.update(document);
      });
      return document.id;
    };
    await upload(1, true);
    expect(await listed()).toEqual(['1 failed']);
    const second = await publish(2, ['연차는 16일이다']);
    expect(await listed()).toEqual(['2 completed']);
    const third = await upload(3, true);
    expect(await listed()).toEqual(['2 completed', '3 failed']);
    await upload(4, false);
    expect(await listed()).toEqual(['2 completed', '4 processing']);
    expect(await listed(false)).toEqual(['1 failed', '2 completed', '3 failed', '4 processing']);
    await deleteDocument(database, tenant, third);
    await deleteDocument(database, tenant, second.id);
    expect(await listed()).toEqual(['4 processing']);
  });

  describe('publishing', () => {
    it('shows nothing of a version before it, and all of it after', async () => {
      const document = aDocument(tenant, { filename: NAME });
      await database.uow().run(tenant, (tx) => stageDocument(tx, database, document, ['연차는 15일이다', '병가는 10일이다']));
      expect(await found('연차 병가')).toEqual({ texts: [], searched: 0 });

      const published = await database.uow().run(tenant, (tx) => tx.chunks.publish(document.id));
      expect(published).toEqual({ epoch: 1, isLatest: true, chunkCount: 2, pageCount: null });
      expect(await found('연차 병가')).toEqual({ texts: ['연차는 15일이다', '병가는 10일이다'], searched: 2 });
      expect(await versions()).toEqual([{ version: 1, is_latest: true, status: 'completed', epoch_from: '1', epoch_to: null }]);
      await expectCountersToHold();
    });

    it('replaces the version before at once', async () => {
      await publish(1, ['연차는 15일이다', '경조 휴가는 5일이다']);
      await publish(2, ['연차는 17일이다']);
      expect(await found('연차 휴가')).toEqual({ texts: ['연차는 17일이다'], searched: 1 });
      expect(await versions()).toEqual([
        { version: 1, is_latest: false, status: 'completed', epoch_from: '1', epoch_to: '2' },
        { version: 2, is_latest: true, status: 'completed', epoch_from: '2', epoch_to: null },
      ]);
      await expectCountersToHold();
      expect((await counters()).kept).toMatchObject({ n: '1' });
    });

    it('leaves files of other names and other tenants alone', async () => {
      const other = await database.aTenant();
      await publishDocument(database, other, ['연차는 99일이다'], { filename: NAME });
      await publishDocument(database, tenant, ['연차는 3일이다'], { filename: 'annual-leave.md' });
      await publish(1, ['연차는 15일이다']);
      await publish(2, ['연차는 17일이다']);
      expect((await texts('연차')).sort()).toEqual(['연차는 17일이다', '연차는 3일이다']);
      expect(await database.rows(other, 'SELECT n FROM tenant_stats')).toEqual([{ n: '1' }]);
    });

    it('knows an older version that ends later, without showing it', async () => {
      const older = aDocument(tenant, { filename: NAME, version: 1, validFrom: JANUARY });
      await database.uow().run(tenant, (tx) => stageDocument(tx, database, older, ['연차는 15일이다']));
      await publish(2, ['연차는 17일이다'], JUNE);
      const late = await database.uow().run(tenant, (tx) => tx.chunks.publish(older.id));
      expect(late).toMatchObject({ isLatest: false, epoch: 2 });
      expect(await texts('연차')).toEqual(['연차는 17일이다']);
      expect(await texts('연차', { validAt: MARCH })).toEqual(['연차는 15일이다']);
      expect((await versions()).map((row) => row.is_latest)).toEqual([false, true]);
      expect(await database.rows(tenant, 'SELECT dead FROM hidden_chunks')).toEqual([{ dead: true }]); // no longer staged
      await expectCountersToHold();
    });

    it('refuses a version with a chunk that has no vector, and one without chunks, and changes nothing', async () => {
      const [half, empty] = [aDocument(tenant, { filename: 'half.md' }), aDocument(tenant, { filename: 'empty.md' })];
      await database.uow().run(tenant, async (tx) => {
        await stageDocument(tx, database, half, ['하나', '둘']);
        await tx.documents.add(empty);
      });
      await database.rows(
        tenant,
        'DELETE FROM embeddings e USING chunks c WHERE c.id = e.chunk_id AND c.ordinal = 1 AND c.document_id = $1',
        [half.id],
      );
      for (const { id } of [half, empty]) {
        await expect(database.uow().run(tenant, (tx) => tx.chunks.publish(id))).rejects.toThrow('staged chunks have vectors');
      }
      expect(await database.rows(tenant, 'SELECT corpus_epoch FROM tenant_stats')).toEqual([{ corpus_epoch: '0' }]);
      expect((await found('하나')).searched).toBe(0);
    });

    it('refuses a version that is published already or is not processed', async () => {
      const { id } = await publish(1, ['연차는 15일이다']);
      await expect(database.uow().run(tenant, (tx) => tx.chunks.publish(id))).rejects.toBeInstanceOf(ConcurrentChange);
      expect((await counters()).kept).toMatchObject({ n: '1' });
      await expectCountersToHold();
    });

    it('leaves one winner when versions of one name are published at the same moment', async () => {
      const documents = Array.from({ length: 6 }, (_, index) => aDocument(tenant, { filename: NAME, version: index + 1 }));
      for (const [index, document] of documents.entries()) {
        await database.uow().run(tenant, (tx) => stageDocument(tx, database, document, [`연차는 ${10 + index}일이다`]));
      }
      const shuffled = [3, 0, 5, 1, 4, 2].map((index) => documents[index]).filter((document) => document !== undefined);
      const published = await Promise.all(shuffled.map(({ id }) => database.uow().run(tenant, (tx) => tx.chunks.publish(id))));
      expect(published.map(({ epoch }) => epoch).sort()).toEqual([1, 2, 3, 4, 5, 6]);
      expect((await versions()).filter((row) => row.is_latest).map((row) => row.version)).toEqual([6]);
      expect(await texts('연차')).toEqual(['연차는 15일이다']);
      await expectCountersToHold();
    });

    it('shows every reader one version, whole, while versions change', async () => {
      await publish(1, ['가입 조항 1', '나머지 조항 1', '다른 조항 1']);
      let isOver = false;
      const seen = new Set<string>();
      const reader = async () => {
        while (!isOver) seen.add((await texts('조항')).sort().join());
      };
      const writer = async () => {
        for (const version of [2, 3, 4, 5]) {
          await publish(version, [`가입 조항 ${version}`, `나머지 조항 ${version}`, `다른 조항 ${version}`]);
        }
        isOver = true;
      };
      await Promise.all([reader(), reader(), writer()]);
      const whole = [1, 2, 3, 4, 5].map((version) => `가입 조항 ${version},나머지 조항 ${version},다른 조항 ${version}`);
      expect(seen.size).toBeGreaterThan(1);
      expect([...seen].filter((each) => !whole.includes(each))).toEqual([]);
    });
  });

  describe('staging again after a crash', () => {
    it('adds what is missing only, and counts nothing twice', async () => {
      const document = aDocument(tenant, { filename: NAME });
      const [first] = await database.uow().run(tenant, (tx) => stageDocument(tx, database, document, ['연차는 15일이다']));
      if (first === undefined) throw new Error('nothing was staged');
      const again = [
        { ...first, publicId: crypto.randomUUID() },
        { ...first, ordinal: 1, publicId: crypto.randomUUID() },
      ];
      await database.uow().run(tenant, (tx) => tx.chunks.stage(document.id, again));
      expect(await database.rows(tenant, 'SELECT public_id, ordinal FROM chunks ORDER BY ordinal')).toEqual([
        { public_id: first.publicId, ordinal: 0 },
        { public_id: again[1]?.publicId, ordinal: 1 },
      ]);
      const postings = await database.rows(
        tenant,
        'SELECT c.ordinal, count(*)::int AS terms FROM postings p LEFT JOIN chunks c ON c.id = p.chunk_id GROUP BY c.ordinal ORDER BY 1',
      );
      expect(postings).toEqual([0, 1].map((ordinal) => ({ ordinal, terms: first.terms.size })));
      const missing = await database.uow().run(tenant, (tx) => tx.chunks.unembedded(document.id, 10));
      expect(missing.map((chunk) => chunk.content)).toEqual(['연차는 15일이다']);
      expect(await database.uow().run(tenant, (tx) => tx.chunks.countStaged(document.id))).toEqual({ chunks: 2, embedded: 1 });
      expect(await database.uow().run(tenant, (tx) => tx.chunks.tokensToEmbed(document.id))).toBe(first.tokenCount);
    });

    it('leaves nothing behind when it is taken back', async () => {
      const document = aDocument(tenant, { filename: NAME });
      await database.uow().run(tenant, (tx) => stageDocument(tx, database, document, ['연차는 15일이다']));
      await database.uow().run(tenant, (tx) => tx.chunks.unstage(document.id));
      expect(await leftOf(document.id)).toEqual({ chunks: '0', postings: '0', hidden: '0', embeddings: '0' });
    });
  });

  describe('deleting', () => {
    it('takes the latest out at once, and never brings the version before back', async () => {
      await publish(1, ['연차는 15일이다']);
      const { id } = await publish(2, ['연차는 17일이다']);
      await deleteDocument(database, tenant, id);
      expect(await found('연차')).toEqual({ texts: [], searched: 0 });
      expect((await versions()).map((row) => [row.is_latest, row.status, row.epoch_to])).toEqual([
        [false, 'completed', '2'],
        [false, 'deleting', '3'],
      ]);
      await expectCountersToHold();
    });

    it('of an older version leaves the latest as it is', async () => {
      const { id } = await publish(1, ['연차는 15일이다']);
      await publish(2, ['연차는 17일이다']);
      await deleteDocument(database, tenant, id);
      expect(await texts('연차')).toEqual(['연차는 17일이다']);
      expect((await versions()).map((row) => row.epoch_to)).toEqual(['2', null]); // it had ended before
      await expectCountersToHold();
    });

    it('of a version that is still being processed is not undone by its publication', async () => {
      const document = aDocument(tenant, { filename: NAME });
      await database.uow().run(tenant, (tx) => stageDocument(tx, database, document, ['연차는 15일이다']));
      await deleteDocument(database, tenant, document.id);
      await expect(database.uow().run(tenant, (tx) => tx.chunks.publish(document.id))).rejects.toBeInstanceOf(ConcurrentChange);
      expect(await found('연차')).toEqual({ texts: [], searched: 0 });
      await expectCountersToHold();
    });

    it('of the latest keeps an older version that ends later out of the present', async () => {
      const older = aDocument(tenant, { filename: NAME, version: 1 });
      await database.uow().run(tenant, (tx) => stageDocument(tx, database, older, ['연차는 15일이다']));
      const { id } = await publish(2, ['연차는 17일이다']);
      await deleteDocument(database, tenant, id);
      expect(await database.uow().run(tenant, (tx) => tx.chunks.publish(older.id))).toMatchObject({ isLatest: false });
      expect(await found('연차')).toEqual({ texts: [], searched: 0 });
      await expectCountersToHold();
    });

    it('lets the next version of the name be the latest', async () => {
      const { id } = await publish(1, ['연차는 15일이다']);
      await deleteDocument(database, tenant, id);
      await publish(2, ['연차는 20일이다']);
      expect(await texts('연차')).toEqual(['연차는 20일이다']);
      await expectCountersToHold();
    });
  });

  describe('as of', () => {
    it('finds the version that held at a date, as known now and as known then', async () => {
      await publish(1, ['연차는 15일이다'], JANUARY);
      const afterFirst = await databaseNow();
      await publish(2, ['연차는 17일이다'], JUNE);
      const afterSecond = await databaseNow();
      await publish(3, ['연차는 16일이다'], MARCH); // a correction with an earlier date: takes over from that date on
      const afterThird = await databaseNow();

      const table = await Promise.all(
        [afterFirst, afterSecond, afterThird, undefined].map(async (knownAt) =>
          Promise.all(
            ['2024-12-31', '2025-02-01', '2025-04-01', '2025-07-01'].map(async (day) => {
              const [text] = await texts('연차', { validAt: new Date(day), ...(knownAt && { knownAt }) });
              return text?.replace(/\D/g, '') ?? '–';
            }),
          ),
        ),
      );
      expect(table).toEqual([
        ['–', '15', '15', '15'], // known after the first
        ['–', '15', '15', '17'],
        ['–', '15', '16', '16'],
        ['–', '15', '16', '16'], // as known now
      ]);
      expect(await texts('연차')).toEqual(['연차는 16일이다']); // the present has the highest version
    });

    it('with known_at alone answers like the present of that time', async () => {
      const nothing = await databaseNow();
      await publish(1, ['연차는 15일이다'], JANUARY);
      const first = await databaseNow();
      await publish(2, ['연차는 17일이다'], JUNE);
      expect(await found('연차', { knownAt: nothing })).toEqual({ texts: [], searched: 0 });
      expect(await found('연차', { knownAt: first })).toEqual({ texts: ['연차는 15일이다'], searched: 1 });
      expect(await found('연차', { knownAt: await databaseNow() })).toEqual({ texts: ['연차는 17일이다'], searched: 1 });
    });

    it('a deleted version still shadows the one before, erased or not', async () => {
      await publish(1, ['연차는 15일이다'], JANUARY);
      const { id } = await publish(2, ['연차는 17일이다'], JUNE);
      await deleteDocument(database, tenant, id);
      const expectShadow = async () => {
        expect(await texts('연차', { validAt: new Date('2025-07-01') })).toEqual([]);
        expect(await texts('연차', { validAt: MARCH })).toEqual(['연차는 15일이다']);
      };
      await expectShadow();
      await database.uow().run(tenant, (tx) => tx.chunks.erase(id));
      await expectShadow();
    });

    it('counts what could be found then, not what is there now', async () => {
      await publish(1, ['연차는 15일이다', '병가는 10일이다', '경조 휴가'], JANUARY);
      await publish(2, ['연차는 17일이다'], JUNE);
      expect(await found('연차', { validAt: MARCH })).toEqual({ texts: ['연차는 15일이다'], searched: 3 });
      expect((await found('연차')).searched).toBe(1);
    });
  });

  describe('erasing', () => {
    it('leaves no chunk, posting, mark or vector, and a row without what it was about', async () => {
      const { id } = await publishDocument(database, tenant, ['급여는 비밀이다', '상여도 비밀이다'], {
        ...{ filename: NAME, title: '급여 규정', docType: 'policy', department: 'HR', tags: ['급여'], metadata: { owner: '김하나' } },
      });
      await publish(2, ['급여는 공개다']);
      const keptBefore = await leftOf((await idOf(2)) as DocumentId);
      await deleteDocument(database, tenant, id);
      expect(await database.uow().run(tenant, (tx) => tx.chunks.erase(id))).toBe(2);

      expect(await leftOf(id)).toEqual({ chunks: '0', postings: '0', hidden: '0', embeddings: '0' });
      expect(await leftOf((await idOf(2)) as DocumentId)).toEqual(keptBefore);
      expect(keptBefore).toMatchObject({ chunks: '1', embeddings: '1' });
      const [tombstone] = await database.rows<Record<string, unknown>>(tenant, 'SELECT * FROM documents WHERE id = $1', [id]);
      expect(tombstone).toMatchObject({ version: 1, status: 'deleting', title: null, doc_type: null, department: null, language: null });
      expect(tombstone).toMatchObject({
        tags: [],
        metadata: {},
        size_bytes: '0',
        content_hash: Buffer.alloc(0),
      });
      expect(tombstone?.['erased_at']).toBeInstanceOf(Date);
      expect(await texts('급여')).toEqual(['급여는 공개다']);
      await expectCountersToHold();
    });

    it('of what was not deleted erases no row', async () => {
      const { id } = await publish(1, ['연차는 15일이다']);
      await expect(database.uow().run(tenant, (tx) => tx.chunks.erase(id))).rejects.toBeInstanceOf(ConcurrentChange);
      expect(await texts('연차')).toEqual(['연차는 15일이다']);
    });
  });

  const idOf = async (version: number) =>
    (await database.rows<{ id: string }>(tenant, 'SELECT id FROM documents WHERE version = $1', [version]))[0]?.id;

  /** Rows of one document in every table of the index; those without a foreign key are found by the chunk ids that were ever its own. */
  async function leftOf(id: DocumentId): Promise<unknown> {
    const [left] = await database.rows(
      tenant,
      `SELECT (SELECT count(*) FROM chunks WHERE document_id = $1) AS chunks,
              (SELECT count(*) FROM embeddings WHERE document_id = $1) AS embeddings,
              (SELECT count(*) FROM postings p WHERE p.chunk_id NOT IN (SELECT id FROM chunks WHERE document_id <> $1)) AS postings,
              (SELECT count(*) FROM hidden_chunks h WHERE h.chunk_id NOT IN (SELECT id FROM chunks WHERE document_id <> $1)) AS hidden`,
      [id],
    );
    return left;
  }
});
