import type { QueryInput } from '@aegis/application/answering/query-answer';
import type { Replay } from '@aegis/application/answering/replay-query';
import type { SearchChunks } from '@aegis/application/answering/search-chunks';
import { ProviderError } from '@aegis/application/providers/provider-error';
import type { Caller } from '@aegis/application/shared/caller';
import { QueryId } from '@aegis/domain/answering/query-id';
import { ModelRetired } from '@aegis/domain/answering/model-retired';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';
import { deleteDocument, publishDocument, type NewDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded } from '../support/database';
import { ANY_QUERY, callerOf, RETIRED_VECTOR_HOURS, searchingOn } from '../support/searching';

/** The issue's own size is 500 queries over 200 changes: `REPLAY_QUERIES=500 REPLAY_CHANGES=200`. */
const QUERIES = Number(process.env['REPLAY_QUERIES'] ?? 30);
const CHANGES = Number(process.env['REPLAY_CHANGES'] ?? 12);
const NAMES = ['취업규칙.md', '휴가규정.md', 'pump-manual.md', '보안지침.md', 'remote-work.md', '회의록.md', '단가표.md', 'travel.md'];
const WORDS =
  '연차 휴가 병가 경조 급여 정산 출장 보안 문서 암호 펌프 압력 점검 회의 안건 leave remote manager pump pressure travel expense policy AB-123 15일 3.5bar 2025년'.split(
    ' ',
  );
const DAY_MS = 86_400_000;
const { signal } = new AbortController();

describe('replay', () => {
  let database: TestDatabase;
  let tenant: TenantId;
  let caller: Caller;
  let searching: Awaited<ReturnType<typeof searchingOn>>;

  beforeAll(async () => {
    database = await TestDatabase.open();
    searching = await searchingOn(database);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
    caller = callerOf(tenant);
  });

  const search = async (about: Partial<QueryInput> = {}): Promise<Awaited<ReturnType<SearchChunks['execute']>>> =>
    searching.searchChunks.execute(caller, { ...ANY_QUERY, ...about }, signal);
  const replay = (queryId: string): Promise<Replay> => searching.replayQuery.execute(caller, QueryId.parse(queryId), signal);
  const publish = (texts: readonly string[], about: NewDocument = {}) => publishDocument(database, tenant, texts, about);

  describe('of a corpus that changes', () => {
    const random = seededRandom('replay');
    const upTo = (count: number) => Math.floor(random() * count);
    const oneOf = <T>(values: readonly T[]): T => values[upTo(values.length)] as T;
    const someWords = (count: number) => Array.from({ length: count }, () => oneOf(WORDS)).join(' ');

    interface Version {
      readonly id: Parameters<typeof deleteDocument>[2];
      readonly texts: readonly string[];
      deleted: boolean;
    }
    let files: Map<string, Version[]>;
    let deletions: Set<string>;

    /** New files, new versions, versions that held long before, old contents again, and now and then a deletion. */
    async function change(mayDelete = false): Promise<void> {
      const filename = oneOf(NAMES);
      const versions = files.get(filename) ?? [];
      const living = versions.filter(({ deleted }) => !deleted);
      const kind = random();
      if (mayDelete && kind < 0.25 && living.length > 0) {
        const victim = oneOf(living);
        await deleteDocument(database, tenant, victim.id);
        victim.deleted = true;
        deletions.add(victim.id);
        return;
      }
      const restored = kind < 0.2 && living.length > 1 ? oneOf(living).texts : null;
      const texts = restored ?? Array.from({ length: 1 + upTo(6) }, () => someWords(4 + upTo(30)));
      const validFrom = new Date(Date.now() - (kind > 0.7 ? upTo(900) * DAY_MS : 0));
      const about = { filename, version: versions.length + 1, validFrom, language: oneOf(['ko', 'en']), tags: [oneOf(['q1', 'q2'])] };
      const { id } = await publish(texts, about);
      files.set(filename, [...versions, { id, texts, deleted: false }]);
    }

    const randomQuery = (): Partial<QueryInput> => ({
      query: `${someWords(2 + upTo(4))}은 무엇인가?`,
      topK: 1 + upTo(20),
      strategy: oneOf(['hybrid', 'hybrid', 'vector', 'bm25']),
      fusion: oneOf(['score', 'rrf']),
      alpha: oneOf([0.5, 0.3, 0, 1]),
      filter: oneOf([
        NO_FILTER,
        NO_FILTER,
        { ...NO_FILTER, tags: ['q1'] },
        { ...NO_FILTER, languages: ['ko'], createdAfter: new Date(Date.now() - DAY_MS) },
        { ...NO_FILTER, filenames: [oneOf(NAMES), oneOf(NAMES)] },
      ]),
      asOf: oneOf([
        { validAt: null, knownAt: null },
        { validAt: null, knownAt: null },
        { validAt: new Date(Date.now() - upTo(900) * DAY_MS), knownAt: null },
        { validAt: null, knownAt: new Date(Date.now() - upTo(3_000)) },
        { validAt: new Date(Date.now() - upTo(90) * DAY_MS), knownAt: new Date() },
      ]),
    });

    beforeEach(() => {
      files = new Map();
      deletions = new Set();
    });

    /** Nothing but a deletion after the query may tell the two searches apart. */
    function expectTheSame(replays: readonly Replay[]): { identical: number; deleted: number; sources: number } {
      const differing = replays.filter(({ identical }) => !identical);
      for (const { reason, deletedDocuments, differences, queryId } of differing) {
        expect([queryId, reason, differences]).toEqual([queryId, 'documents_deleted', differences]);
        expect(deletedDocuments.length).toBeGreaterThan(0);
        for (const { documentId } of deletedDocuments) expect(deletions.has(documentId)).toBe(true);
      }
      const sources = replays.reduce((sum, { original }) => sum + original.chunkIds.length, 0);
      return { identical: replays.length - differing.length, deleted: differing.length, sources };
    }

    it(
      `finds the same ${QUERIES} times after ${CHANGES} changes`,
      async () => {
        for (let n = 0; n < 8; n++) await change();
        const asked: { readonly id: string; readonly deletionsBefore: number }[] = [];
        for (let n = 0; n < CHANGES; n++) {
          const upToNow = Math.round(((n + 1) * QUERIES) / CHANGES);
          while (asked.length < upToNow) asked.push({ id: (await search(randomQuery())).queryId, deletionsBefore: deletions.size });
          await change(n < CHANGES / 5); // queries after the last deletion must all come back
        }
        const replays: Replay[] = [];
        for (const { id } of asked) replays.push(await replay(id));
        const figures = expectTheSame(replays);
        // Not vacuous: queries that found something, searched in the past, and later changes that the present shows.
        const untouched = asked.filter(({ deletionsBefore }) => deletionsBefore === deletions.size).length;
        process.stdout.write(
          `replay: ${JSON.stringify({ queries: QUERIES, changes: CHANGES, ...figures, deletions: deletions.size, untouched })}\n`,
        );
        expect(figures.identical).toBeGreaterThanOrEqual(untouched);
        expect(figures.sources).toBeGreaterThan(QUERIES * 2);
        expect(replays.filter(({ state }) => state.validAt !== null).length).toBeGreaterThan(QUERIES / 5);
        expect(replays.every(({ vector }) => vector === 'kept')).toBe(true);
      },
      10_000 + (QUERIES + CHANGES) * 1_000,
    );

    it(
      'finds the same of queries that ran while versions were published',
      async () => {
        for (let n = 0; n < 4; n++) await change();
        const asked: string[] = [];
        let publishing = true;
        const asking = Array.from({ length: 3 }, async () => {
          while (publishing) asked.push((await search({ query: `${someWords(3)}?`, topK: 20 })).queryId);
        });
        for (let n = 0; n < CHANGES / 2; n++) await change();
        publishing = false;
        await Promise.all(asking);
        const replays: Replay[] = [];
        for (const id of asked) replays.push(await replay(id));
        expectTheSame(replays);
        expect(new Set(replays.map(({ state }) => state.corpusEpoch)).size).toBeGreaterThan(2);
      },
      10_000 + CHANGES * 2_000,
    );
  });

  it('takes the vector that was kept, to the bit, and asks no model', async () => {
    await publish(['연차는 15일이다.', '병가는 10일이다.', 'Leave is agreed with the manager.']);
    const { queryId } = await search();
    const { asked } = searching.model;
    expect(await replay(queryId)).toMatchObject({ identical: true, reason: null, vector: 'kept', differences: [] });
    expect(searching.model.asked).toBe(asked);
  });

  it('knows a back-dated upload from what was known then', async () => {
    await publish(['연차는 15일이다.'], { filename: '규칙.md', validFrom: new Date('2025-01-01') });
    const asOf = { validAt: new Date('2025-06-01'), knownAt: null };
    const first = await search({ asOf });
    await publish(['연차는 99일이다.'], { filename: '규칙.md', version: 2, validFrom: new Date('2025-03-01') });
    expect((await search({ asOf })).results.map(({ content }) => content)).toEqual(['연차는 99일이다.']);
    const again = await replay(first.queryId);
    expect(again.identical).toBe(true);
    expect(again.replayed.chunks.map(({ content }) => content)).toEqual(['연차는 15일이다.']);
  });

  it('says that a document was deleted, and which', async () => {
    const kept = await publish(['연차는 15일이다.'], { filename: '규칙.md' });
    const gone = await publish(['연차 유급휴가는 17일이다.'], { filename: '옛규칙.md' });
    const { queryId } = await search();
    await deleteDocument(database, tenant, gone.id);
    const again = await replay(queryId);
    expect(again).toMatchObject({ identical: false, reason: 'documents_deleted' });
    expect(again.deletedDocuments).toEqual([{ documentId: gone.id, filename: '옛규칙.md', version: 1 }]);
    expect(again.differences.filter(({ isDeleted }) => isDeleted)).toEqual([
      expect.objectContaining({ chunkId: gone.chunkIds[0], replayedRank: null }),
    ]);
    expect(again.replayed.chunks.map(({ chunkId }) => chunkId)).toEqual(kept.chunkIds);
    // What was deleted before the query was asked is no difference to it.
    const later = await search();
    expect(await replay(later.queryId)).toMatchObject({ identical: true, deletedDocuments: [] });
  });

  it('repeats a search that had no vector without one', async () => {
    await publish(['연차는 15일이다.']);
    searching.model.meanwhile = () => Promise.reject(new ProviderError('priced', 'unavailable', 'away', { retryable: true }));
    const { queryId, degraded } = await search();
    searching.model.meanwhile = () => Promise.resolve();
    expect(degraded).toEqual(['vector_search_unavailable']);
    expect(await replay(queryId)).toMatchObject({ identical: true, vector: 'none' });
  });

  describe('of a record from before vectors were kept', () => {
    const makeOld = (queryId: string) =>
      database.rows(
        tenant,
        `UPDATE queries SET vectors = NULL, result = result #- '{retrieval,scores}' #- '{retrieval,validAt}' #- '{retrieval,rankingVersion}'
             #- '{retrieval,vectorRoute}' WHERE id = $1`,
        [queryId],
      );

    it('embeds the query again, says so, and bills it', async () => {
      await publish(['연차는 15일이다.']);
      const { queryId } = await search();
      await makeOld(queryId);
      expect(await replay(queryId)).toMatchObject({ identical: true, vector: 'embedded_again' });
      const lines = await database.rows(tenant, 'SELECT kind, tokens_in::int, query_id FROM usage_records ORDER BY at');
      expect(lines).toEqual(Array.from({ length: 2 }, () => ({ kind: 'query_embedding', tokens_in: 10, query_id: queryId })));
      expect(await database.rows(tenant, 'SELECT reserved::int FROM budgets')).toEqual([{ reserved: 0 }]);
    });
  });

  it('is written into the audit trail, behind the entry of the query', async () => {
    await publish(['연차는 15일이다.']);
    const { queryId } = await search();
    await replay(queryId);
    const entries = await database.rows<{ canon: Buffer }>(tenant, 'SELECT canon FROM audit_events WHERE subject_id = $1 ORDER BY id', [
      queryId,
    ]);
    expect(entries.map(({ canon }) => (JSON.parse(canon.toString()) as { type: string }).type)).toEqual([
      'query.completed',
      'query.replayed',
    ]);
  });

  it('finds no query of another tenant', async () => {
    await publish(['연차는 15일이다.']);
    const { queryId } = await search();
    const stranger = callerOf(await database.aTenant());
    await expect(searching.replayQuery.execute(stranger, QueryId.parse(queryId), signal)).rejects.toThrow(NotFound);
  });

  describe('after the deployment moved to another model', () => {
    const moved = () => searchingOn(database, { digest: 'of other weights' });

    it('searches with the vectors of its own', async () => {
      await publish(['연차는 15일이다.', '병가는 10일이다.']);
      const { queryId } = await search();
      const { replayQuery } = await moved();
      expect(await replayQuery.execute(caller, QueryId.parse(queryId), signal)).toMatchObject({ identical: true, vector: 'kept' });
    });

    it('is refused where the query would have to be embedded anew', async () => {
      await publish(['연차는 15일이다.']);
      const { queryId } = await search();
      await database.rows(tenant, 'UPDATE queries SET vectors = NULL WHERE id = $1', [queryId]);
      const { replayQuery } = await moved();
      await expect(replayQuery.execute(caller, QueryId.parse(queryId), signal)).rejects.toThrow(ModelRetired);
    });
  });

  describeOnEmbedded('when the model was retired', () => {
    const setRetired = (hoursAgo: number | null) =>
      database.platform.connections.transaction('app_runtime', async (manager) => {
        await manager.query('SET LOCAL ROLE postgres');
        await manager.query(
          `UPDATE embedding_models SET state = CASE WHEN $1::float8 IS NULL THEN 'ready' ELSE 'retired' END, retired_at = now() - $1 * interval '1 hour'`,
          [hoursAgo],
        );
      });
    afterEach(() => setRetired(null));

    it('goes on as long as its vectors are kept, and is refused then', async () => {
      await publish(['연차는 15일이다.']);
      const { queryId } = await search();
      await setRetired(RETIRED_VECTOR_HOURS - 1);
      expect((await replay(queryId)).identical).toBe(true);
      await setRetired(RETIRED_VECTOR_HOURS + 1);
      await expect(replay(queryId)).rejects.toThrow(ModelRetired);
    });
  });
});
