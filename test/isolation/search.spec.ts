import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { termHash } from '@aegis/infrastructure/ingestion/term-hash';
import { PASSAGES_SQL, searchSql, TERMS_SQL } from '@aegis/infrastructure/retrieval/search-sql';
import { compactWhole } from '../support/compacted';
import { fakeVector, publishDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded } from '../support/database';
import { withoutPredicates } from './proof/checks/mutation/predicates-off';

const WORDS = '연차 휴가';
const SHAPES = [
  { asOf: false, filtered: false, exact: true },
  { asOf: false, filtered: false, exact: false },
  { asOf: false, filtered: true, exact: true },
  { asOf: true, filtered: false, exact: true },
  { asOf: true, filtered: true, exact: true },
].flatMap((shape) => [shape, { ...shape, nearestOnly: true }, { ...shape, stated: true }]);

interface Row {
  readonly innerId: number | null;
  readonly chunksSearched: number;
}

interface Passage {
  readonly innerId: number;
  readonly documentId: string;
  readonly content: string;
}

/** ISO-2 control: our own `tenant_id = $1` taken out of the search, the database alone must keep tenants apart. */
describe.each(['among the postings', 'in segments'])('search without our own tenant predicates, entries %s', (where) => {
  let database: TestDatabase;
  let theirs: TenantId;
  let mine: TenantId;
  let own: string;
  let ownId: number;

  beforeAll(async () => {
    database = await TestDatabase.open();
    [theirs, mine] = [await database.aTenant(), await database.aTenant()];
    for (let version = 1; version <= 2; version++) {
      await publishDocument(database, theirs, [`THEIRS 연차 휴가는 ${version}일이다`, 'THEIRS 휴가 연차'], {
        filename: '취업규칙.md',
        version,
      });
    }
    own = (await publishDocument(database, mine, ['MINE 연차 휴가는 15일이다'], { filename: '취업규칙.md' })).id;
    [ownId = NaN] = await idsOf(mine);
    if (where === 'in segments') for (const tenant of [theirs, mine]) await compactWhole(database, tenant);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  function guarded(shape: (typeof SHAPES)[number]): string {
    const { model, routing } = database.platform;
    return searchSql({ ...shape, modelVersion: model.version, dimensions: model.dimensions, vectorType: routing.vectorType });
  }
  let replaced = 0;
  /** As the mutation check of the proof takes them out of everything. */
  function unguarded(shape: (typeof SHAPES)[number]): string {
    const { text, taken } = withoutPredicates(guarded(shape));
    replaced += taken;
    return text;
  }
  const later = new Date(Date.now() + 3_600_000); // everything that is published holds by then, however long the start takes
  const parameters = (asked: TenantId) => [
    ...[asked, `[${fakeVector(WORDS, database.platform.model.dimensions).join()}]`, bm25Terms(WORDS).map(termHash), 50, later, 1_000],
    ...[[], [], [], [], [], [], null, null, bm25Terms(WORDS).map(() => 1)],
  ];

  it('finds what is ours only, whatever tenant it is asked for', async () => {
    replaced = 0;
    for (const shape of SHAPES) {
      const usual = await database.rows<Row>(mine, guarded(shape), parameters(mine));
      for (const asked of [mine, theirs]) {
        const rows = await database.rows<Row>(mine, unguarded(shape), parameters(asked));
        expect([shape, rows.map(({ innerId }) => innerId)]).toEqual([shape, [ownId]]);
        expect(rows[0]?.chunksSearched).toBe(1);
        expect(rows).toEqual(usual); // scores too: nothing of theirs is counted anywhere
      }
    }
    expect(replaced / 2).toBeGreaterThan(90);
    expect(SHAPES.map(unguarded).join()).not.toMatch(/tenant_id = /);
  });

  /** A search whose words were found already; here in the wrong place, as if somebody's memory had mixed tenants up. */
  const given = (exact: boolean, nearestOnly: boolean) => ({
    ...{ asOf: false, filtered: false, exact, nearestOnly },
    ...{ stated: true, wordsGiven: true },
  });
  const idsOf = async (tenant: TenantId) =>
    (await database.allRows<{ id: string }>('SELECT id FROM chunks WHERE tenant_id = $1', [tenant])).map(({ id }) => Number(id));

  it.each([
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ])('compares nothing of theirs, whatever chunks it is given (exact: %s, nearest only: %s)', async (exact, nearestOnly) => {
    const ids = [...(await idsOf(theirs)), ...(await idsOf(mine))];
    expect(ids).toHaveLength(5);
    for (const asked of [mine, theirs]) {
      const about = [...parameters(asked).slice(0, 2), ids, ...parameters(asked).slice(3, -1)];
      const rows = await database.rows<Row & { similarity: number | null; chunks: number }>(
        mine,
        unguarded(given(exact, nearestOnly)),
        about,
      );
      expect(rows.flatMap(({ innerId, similarity }) => (similarity === null ? [] : [innerId]))).toEqual([ownId]);
      expect(rows.map(({ chunks }) => chunks)).toEqual(rows.map(() => 1)); // the state is ours, too
    }
  });

  it('reads the texts of ours only, whatever chunks it is asked for', async () => {
    const ids = [...(await idsOf(theirs)), ownId];
    const { text, taken } = withoutPredicates(PASSAGES_SQL);
    expect(taken).toBe(2);
    for (const asked of [mine, theirs])
      expect(await database.rows<Passage>(mine, text, [asked, ids])).toMatchObject([
        { innerId: ownId, documentId: own, content: 'MINE 연차 휴가는 15일이다' },
      ]);
    expect(await database.rows<Passage>(mine, PASSAGES_SQL, [theirs, ids])).toEqual([]);
    const without = await database.platform.connections.transaction('app_runtime', (manager) =>
      manager.query<Passage[]>(text, [theirs, ids]),
    );
    expect(without).toEqual([]);
  });

  it('decodes the terms of ours only, whatever tenant it is asked for', async () => {
    const hashes = bm25Terms(WORDS).map(termHash);
    const usual = await database.rows<{ entries: Buffer | null }>(mine, TERMS_SQL, [mine, hashes]);
    expect(usual.map(({ entries }) => entries?.length)).toEqual(hashes.map(() => 16)); // one chunk has them
    const { text, taken } = withoutPredicates(TERMS_SQL);
    expect(taken).toBeGreaterThan(3);
    for (const asked of [mine, theirs]) expect(await database.rows(mine, text, [asked, hashes])).toEqual(usual);
  });

  it('has entries where they are said to be, of both', async () => {
    const counts = await database.allRows<{ postings: boolean; segments: boolean }>(
      `SELECT EXISTS (SELECT FROM postings p WHERE p.tenant_id = t.id) AS postings, EXISTS (SELECT FROM posting_segments g WHERE g.tenant_id = t.id) AS segments
         FROM unnest($1::uuid[]) AS t(id)`,
      [[theirs, mine]],
    );
    const inSegments = where === 'in segments';
    expect(counts).toEqual([theirs, mine].map(() => ({ postings: !inSegments, segments: inSegments })));
  });

  it('finds nothing at all without a context', async () => {
    for (const shape of SHAPES) {
      const rows = await database.platform.connections.transaction('app_runtime', (manager) =>
        manager.query<Row[]>(unguarded(shape), parameters(theirs)),
      );
      expect(rows.filter(({ innerId }) => innerId !== null)).toEqual([]);
    }
  });

  it('with them, finds nothing of the tenant that it is asked for in somebody else’s context', async () => {
    for (const shape of SHAPES) {
      const rows = await database.rows<Row>(mine, guarded(shape), parameters(theirs));
      expect(rows.filter(({ innerId }) => innerId !== null)).toEqual([]);
    }
  });

  describeOnEmbedded('control (needs the superuser)', () => {
    it.each(SHAPES)('the same SQL finds them where no policy holds: %j', async (shape) => {
      const rows = await database.asSuperuser((manager) => manager.query<Row[]>(unguarded(shape), parameters(mine)));
      const ids: readonly (number | null)[] = await idsOf(theirs);
      expect(rows.filter(({ innerId }) => ids.includes(innerId)).length).toBeGreaterThan(0);
    });

    it('and reads their texts there', async () => {
      const { text } = withoutPredicates(PASSAGES_SQL);
      const ids = await idsOf(theirs);
      const rows = await database.asSuperuser((manager) => manager.query<Passage[]>(text, [mine, ids]));
      expect(rows.map(({ content }) => content).join()).toContain('THEIRS');
    });
  });
});
