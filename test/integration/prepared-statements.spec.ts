import type { EntityManager } from 'typeorm';
import { NO_FILTER, type SearchFilter } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { TenantDatabase, type SnapshotOptions } from '@aegis/infrastructure/persistence/tenant-database';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchSql } from '@aegis/infrastructure/retrieval/search-sql';
import { publishDocument, unitVector } from '../support/corpus';
import { onNative, OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

interface KeptStatement {
  readonly statement: string;
  readonly custom: number;
  readonly generic: number;
}

const KEPT_SQL = `SELECT statement, custom_plans::int AS custom, generic_plans::int AS generic FROM pg_prepared_statements WHERE name LIKE 'aegis%'`;

/** Tells of every statement what the connections keep of it when their transactions end. */
class WatchedDatabase extends TenantDatabase {
  private readonly byText = new Map<string, KeptStatement>();

  get kept(): readonly KeptStatement[] {
    return [...this.byText.values()];
  }

  private note(kept: readonly KeptStatement[]): void {
    for (const each of kept) this.byText.set(each.statement, each);
  }

  override snapshot<T>(tenantId: TenantId, work: (manager: EntityManager) => Promise<T>, options?: SnapshotOptions): Promise<T> {
    return super.snapshot(
      tenantId,
      async (manager) => {
        const result = await work(manager);
        this.note(await manager.query<KeptStatement[]>(KEPT_SQL));
        return result;
      },
      options,
    );
  }

  override async read(...[tenantId, statement, options]: Parameters<TenantDatabase['read']>): Promise<unknown[]> {
    const rows = await super.read(tenantId, statement, options);
    this.note((await super.read(tenantId, { sql: KEPT_SQL, parameters: [] })) as KeptStatement[]); // the pool lends what it got back last
    return rows;
  }
}

/** What the runtime's connections keep of their statements, and with which plans. */
describe('the statements of a search', () => {
  let database: TestDatabase;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
    tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차 휴가는 15일입니다.', 'The warranty lasts two years.']);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  const search = async (filter: SearchFilter = NO_FILTER): Promise<{ readonly found: number; readonly kept: readonly KeptStatement[] }> => {
    const { connections, model } = database.platform;
    const watched = new WatchedDatabase(connections, database.signer());
    const reader = new PostgresChunkReader(watched, model, { vectorType: 'halfvec', exactMaxChunks: 5_000 });
    const vector = unitVector(Array.from({ length: model.dimensions }, (_, at) => (at === 0 ? 1 : 0)));
    const asOf = { validAt: null, knownAt: null };
    const asked = { tenantId: tenant, vector, terms: ['휴가'], filter, asOf, depth: 50, exact: false };
    await reader.search(asked); // how large the tenant is: from then on all is asked at once
    const { chunks } = await reader.search(asked);
    return { found: chunks.length, kept: watched.kept };
  };

  it('are planned once for all tenants on a server, and forgotten by the embedded engine, where all connections are one session', async () => {
    for (let time = 0; time < 10; time++) {
      const { found, kept } = await search();
      expect(found).toBe(2);
      const searching = kept.filter(({ statement }) => /WITH typed|corpus_epochs/.test(statement));
      expect(searching.map(({ custom, generic }) => custom === 0 && generic > 0)).toEqual(onNative ? [true, true, true] : []); // the state, the search in steps, and at once
    }
  });

  it('are planned for the tenant where it filters', async () => {
    for (let time = 0; time < 10; time++) {
      const { found, kept } = await search({ ...NO_FILTER, filenames: ['휴가규정.md'] });
      expect(found).toBe(2);
      expect(kept.filter(({ statement }) => statement.includes('d.filename = ANY'))).toEqual([]);
    }
  });

  it('read the vector once, and not again for every row that it is compared with', () => {
    for (const exact of [true, false])
      for (const wordsGiven of [true, false]) {
        const sql = searchSql({ asOf: false, filtered: false, exact, wordsGiven, modelVersion: 1, dimensions: 8, vectorType: 'halfvec' });
        const [, ...compared] = sql.split('<=> ');
        expect(compared.map((operand) => operand.startsWith('(SELECT $2::text::halfvec(8))'))).toEqual(compared.map(() => true));
        expect(compared.length).toBeGreaterThanOrEqual(2);
      }
  });

  it('leave nothing of their settings behind', async () => {
    await search();
    const [settings] = await database.platform.connections.transaction('app_runtime', (manager) =>
      manager.query<{ plans: string; scans: string; compiles: string }[]>(
        `SELECT current_setting('plan_cache_mode') AS plans, current_setting('enable_seqscan') AS scans, current_setting('jit') AS compiles`,
      ),
    );
    expect(settings).toMatchObject({ plans: 'auto', scans: 'on' });
    if (onNative) expect(settings).toMatchObject({ compiles: 'off' });
  });

  it('do not plan the check of the context anew for each table', async () => {
    const [row] = await database.allRows<{ settings: string[] }>(
      `SELECT proconfig AS settings FROM pg_proc WHERE proname = 'verified_tenant' AND pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'sec')`,
    );
    expect(row?.settings).toContain('plan_cache_mode=force_generic_plan');
  });
});
