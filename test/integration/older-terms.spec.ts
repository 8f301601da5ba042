import { OlderTerms } from '@aegis/application/ingestion/older-terms';
import { RenewTerms } from '@aegis/application/ingestion/renew-terms';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresOlderTerms } from '@aegis/infrastructure/ingestion/postgres-older-terms';
import { termHash } from '@aegis/infrastructure/ingestion/term-hash';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { compactWhole } from '../support/compacted';
import { aDocument, publishDocument, stageDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

/** The database may be shared, and others' chunks are not ours to count. */
class OfOneTenant extends OlderTerms {
  constructor(
    private readonly terms: OlderTerms,
    private readonly tenant: TenantId,
  ) {
    super();
  }
  tenants = async (): Promise<readonly TenantId[]> => (await this.terms.tenants()).filter((each) => each === this.tenant);
  renewSome = (tenant: TenantId): Promise<number> => this.terms.renewSome(tenant);
}

const FORMER = termHash('a term of the former rules');

describe('chunks with the terms of a former release', () => {
  let database: TestDatabase;
  let terms: PostgresOlderTerms;

  beforeAll(async () => {
    database = await TestDatabase.open();
    terms = new PostgresOlderTerms(database.platform.connections, database.platform.tenants);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  /** Two versions of one file and a longer one: 72 chunks, more than are renewed at once. */
  async function aCorpus(): Promise<TenantId> {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차는 15일이다', '제12조 병가'], { filename: '취업규칙.md' });
    await publishDocument(database, tenant, ['연차는 17일이다'], { filename: '취업규칙.md', version: 2 });
    const texts = Array.from({ length: 69 }, (_, at) => `점검표 AB-${at} 연차 ${'펌프 '.repeat(at % 5)}`);
    await publishDocument(database, tenant, texts, { filename: '점검.md' });
    return tenant;
  }

  /** As if everything of the tenant had been indexed long ago. */
  async function makeOld(tenant: TenantId): Promise<void> {
    await database.rows(tenant, 'DELETE FROM postings');
    await database.rows(
      tenant,
      'INSERT INTO postings (tenant_id, term, chunk_id, tf, dl) SELECT tenant_id, $1::int8, id, 1, 7 FROM chunks',
      [FORMER],
    );
    await database.rows(tenant, 'UPDATE chunks SET terms_version = 1, dl = 7');
    await database.rows(tenant, 'UPDATE tenant_stats SET sumdl = 7 * n');
  }

  const found = async (tenant: TenantId, words: string, atEpoch?: number) => {
    const { tenants, model, routing } = database.platform;
    const { chunks, totalIdf, chunksSearched } = await new PostgresChunkReader(tenants, model, routing).search({
      ...{ tenantId: tenant, vector: null, terms: [...new Set(bm25Terms(words))], filter: NO_FILTER, depth: 30, exact: true },
      asOf: { validAt: null, knownAt: null, ...(atEpoch !== undefined && { atEpoch }) },
    });
    return { totalIdf, chunksSearched, chunks: chunks.map(({ content, bm25, bm25Rank }) => [content, bm25, bm25Rank]).sort() };
  };
  const renew = (tenant: TenantId) => new RenewTerms(new OfOneTenant(terms, tenant)).execute(new AbortController().signal);
  const epochOf = async (tenant: TenantId) =>
    Number((await database.rows<{ corpus_epoch: string }>(tenant, 'SELECT corpus_epoch FROM tenant_stats'))[0]?.corpus_epoch);

  it.each([false, true])('get those of this one, in segments or not: %s', async (inSegments) => {
    const [tenant, twin] = [await aCorpus(), await aCorpus()];
    await makeOld(tenant);
    if (inSegments) await compactWhole(database, tenant);
    expect((await found(tenant, '연차')).chunks).toEqual([]);
    expect(await terms.tenants()).toContain(tenant);
    expect(await renew(tenant)).toBe(72);
    expect(await terms.tenants()).not.toContain(tenant);
    for (const words of ['연차', '제12조', 'AB-7 펌프', '점검표 연차 15일'])
      for (const epoch of [undefined, 1, 2, 3]) expect(await found(tenant, words, epoch)).toEqual(await found(twin, words, epoch));
    const former = `SELECT 1 FROM postings WHERE term = ${FORMER} UNION ALL SELECT 1 FROM posting_segments WHERE term = ${FORMER} OR terms @> ARRAY[${FORMER}]`;
    expect(await database.rows(tenant, former)).toEqual([]);
    const counters = 'SELECT n, sumdl FROM tenant_stats';
    expect(await database.rows(tenant, counters)).toEqual(await database.rows(twin, counters));
  });

  it('are another state for whatever was remembered, once for each step, and nothing is done twice', async () => {
    const tenant = await aCorpus();
    await makeOld(tenant);
    const before = await epochOf(tenant);
    await renew(tenant);
    expect(await epochOf(tenant)).toBe(before + 2);
    expect(await terms.renewSome(tenant)).toBe(0);
    expect(await epochOf(tenant)).toBe(before + 2);
    const [dated] = await database.rows(tenant, 'SELECT count(*)::int AS n FROM corpus_epochs WHERE epoch > $1', [before]);
    expect(dated).toEqual({ n: 2 });
  });

  it('are found by the title then; what is being processed waits for its publication', async () => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['매년 받는다'], { filename: 'a.md', title: '건강검진 안내' });
    const document = aDocument(tenant, { filename: 'b.md', title: '건강검진 결과' });
    await database.uow().run(tenant, (tx) => stageDocument(tx, database, document, ['비공개이다']));
    await makeOld(tenant);
    expect(await renew(tenant)).toBe(1);
    expect((await found(tenant, '건강검진')).chunks.map(([content]) => content)).toEqual(['매년 받는다']);
    await database.uow().run(tenant, (tx) => tx.chunks.publish(document.id));
    expect(await renew(tenant)).toBe(1);
    expect((await found(tenant, '건강검진')).chunks).toHaveLength(2);
  });
});
