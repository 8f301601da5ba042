import type { EntityManager } from 'typeorm';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { aDocument, publishDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded, onNative } from '../support/database';
import { aTenantInEveryTable } from '../support/every-table';
import { SET_CONTEXT, failureOf, type Attacker, type Context, type Outcome, type Row, type Statement } from './proof/checks/raw/attacker';
import { RAW_ATTACKS } from './proof/checks/raw/raw-attacks';
import { Scene } from './proof/checks/raw/scene';
import { SCANS, flip, switchedOff } from './proof/checks/raw/switch-attacks';

/** P2 DB-2: SQL as somebody would run it who got into our code, as the role of the API and the worker; the attacks are those of the proof. */
describe('database', () => {
  let database: TestDatabase;
  let scene: Scene;

  beforeAll(async () => {
    database = await TestDatabase.open();
    const [mine, theirs] = [await aTenantInEveryTable(database, 'MINE'), await aTenantInEveryTable(database, 'THEIRS')];
    scene = await Scene.open(attackerOn(database), mine, theirs);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  it('has rows of both tenants in every tenant table: a table without any would prove nothing', async () => {
    expect(scene.tables.length).toBeGreaterThan(18);
    expect(scene.partitions).toHaveLength(16);
    for (const tenant of [scene.mine, scene.theirs]) {
      expect((await scene.fingerprint(tenant)).filter(([, rows]) => rows === 0)).toEqual([]);
    }
  });

  it.each(RAW_ATTACKS.filter(({ needsLogin }) => onNative || needsLogin !== true))('$name', async ({ run }) => {
    const before = scene.cases;
    expect(await run(scene)).toEqual([]);
    expect(scene.cases).toBeGreaterThan(before);
  });

  /** As autovacuum may keep one while an attack runs. The embedded engine does one transaction at a time. */
  (onNative ? it : it.skip)('says of a lock that somebody else keeps what PostgreSQL says', async () => {
    await database.platform.tenants.transaction(TenantId.parse(scene.mine), async (manager) => {
      await manager.query('SELECT FROM documents LIMIT 1');
      const outcome = await scene.attempt(scene.of(scene.mine), 'LOCK TABLE documents IN ACCESS EXCLUSIVE MODE NOWAIT');
      expect(outcome).toMatchObject({ code: '55P03' });
    });
  });

  it('lets no role that logs in hold a lock for ever: a process may freeze in the middle of a revocation', async () => {
    const unbounded = await database.allRows<{ role: string; setting: string }>(
      `SELECT r.rolname AS role, s.name AS setting FROM pg_roles r
        CROSS JOIN (VALUES ('statement_timeout'), ('lock_timeout'), ('idle_in_transaction_session_timeout')) AS s(name)
        WHERE r.rolname IN ('app_runtime', 'app_admin', 'app_dispatch', 'app_eraser')
          AND NOT EXISTS (SELECT FROM unnest(r.rolconfig) c WHERE c LIKE s.name || '=%' AND c NOT LIKE '%=0') ORDER BY 1, 2`,
    );
    expect(unbounded).toEqual([]);
  });

  it('unique names of the other are free for us, from the first version on', async () => {
    const own = await database.aTenant();
    const { id } = await publishDocument(database, own, ['연차는 15일이다'], { filename: '취업규칙.md' });
    expect(await database.rows(own, 'SELECT id, version FROM documents')).toEqual([{ id, version: 1 }]);
    const [theirs] = await database.allRows<{ id: string }>('SELECT id FROM documents WHERE tenant_id = $1 LIMIT 1', [scene.theirs]);
    const same = aDocument(own, { filename: 'same-id.md' });
    await database.uow().run(own, (tx) => tx.documents.add(same));
    const taken = `UPDATE documents SET id = $2 WHERE tenant_id = $1 AND id = $3`;
    expect(await scene.attempt(scene.of(own), [taken, [own, theirs?.id, same.id]])).toEqual({ rows: [] }); // not 23505
  });

  describeOnEmbedded('control (needs the superuser)', () => {
    it('a tenant changed in mid-statement shows everything of the other when the signature is not compared with the row', async () => {
      const leaked = await database.asSuperuser(async (manager) => {
        await manager.query('DROP POLICY tenant ON documents');
        await manager.query(`CREATE POLICY tenant ON documents TO app_runtime
          USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND (SELECT sec.verified_tenant()) IS NOT NULL)`);
        await manager.query('SET LOCAL ROLE app_runtime');
        await manager.query(SET_CONTEXT, [scene.mine, scene.sign(scene.mine)]);
        for (const sql of switchedOff(SCANS['a sequential scan'] ?? [])) await manager.query(sql);
        return manager.query<{ tenant: string }[]>(flip({ name: 'documents', column: 'tenant_id' }, scene.theirs));
      });
      expect(new Set(leaked.map((row) => row.tenant))).toContain(scene.theirs);
    });
  });
});

/** Over the connections of a test database: a login of its own on native PostgreSQL, a role of the superuser's session on the embedded engine. */
function attackerOn(database: TestDatabase): Attacker {
  const end = new Error('rolled back');
  return {
    loginIsBoundary: onNative,
    sign: (tenant, aheadMs = 0) => database.signer(aheadMs).sign(tenant as never),
    allRows: (sql, parameters) => database.allRows(sql, parameters),
    async attempt(context: Context | null, statements: readonly Statement[]): Promise<Outcome> {
      let rows: readonly Row[] = [];
      const work = async (manager: EntityManager): Promise<void> => {
        if (context !== null) await manager.query(SET_CONTEXT, [context.tenant, context.signature]);
        for (const statement of statements) {
          const [sql, parameters] = typeof statement === 'string' ? [statement, []] : statement;
          const result = await manager.query<unknown>(sql, [...parameters]);
          rows = (Array.isArray(result) && Array.isArray(result[0]) ? result[0] : result) as readonly Row[];
        }
        throw end;
      };
      try {
        await database.platform.connections.transaction('app_runtime', work);
      } catch (error) {
        return error === end ? { rows } : failureOf(error);
      }
      throw new Error('the attempt was not rolled back');
    },
  };
}
