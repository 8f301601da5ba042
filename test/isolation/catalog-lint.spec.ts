import { assertSafeToStart } from '@aegis/infrastructure/persistence/boot-check';
import { CATALOG_LINT } from '@aegis/infrastructure/persistence/catalog-lint';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded, onNative } from '../support/database';

const plainPolicy = `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid`;

/** What is done to a good catalogue, and the finding that must come of it. */
const VIOLATIONS: readonly (readonly [string, string, string])[] = [
  ['a table without row-level security', 'CREATE TABLE plain (tenant_id uuid)', 'table plain has no forced row-level security'],
  [
    'a table whose owner sees everything',
    'ALTER TABLE chunks NO FORCE ROW LEVEL SECURITY',
    'table chunks has no forced row-level security',
  ],
  ['a partition without', 'ALTER TABLE embeddings_p3 DISABLE ROW LEVEL SECURITY', 'table embeddings_p3 has no forced row-level security'],

  ['a unique name for all tenants', 'CREATE UNIQUE INDEX bad ON documents (filename)', 'unique index bad does not begin with the tenant'],
  ['the tenant second', 'CREATE UNIQUE INDEX bad ON documents (filename, tenant_id)', 'unique index bad does not begin with the tenant'],
  ['a unique expression', 'CREATE UNIQUE INDEX bad ON documents (lower(filename))', 'unique index bad does not begin with the tenant'],
  ['a unique name of tenants', 'CREATE UNIQUE INDEX bad ON tenants (name)', 'unique index bad does not begin with the tenant'],
  ['a unique constraint', 'ALTER TABLE chunks ADD CONSTRAINT bad UNIQUE (public_id)', 'unique index bad does not begin with the tenant'],

  [
    'a foreign key without the tenant',
    'CREATE UNIQUE INDEX u ON documents (id); ALTER TABLE jobs ADD CONSTRAINT bad FOREIGN KEY (document_id) REFERENCES documents (id)',
    'foreign key bad does not begin with the tenant',
  ],

  ['no policy', 'DROP POLICY tenant ON queries', 'table queries has no tenant policy'],
  ['a policy that lets all through', 'ALTER POLICY tenant ON queries USING (true)', 'policy tenant of queries differs from the template'],
  [
    'a policy that does not look at the signature',
    `ALTER POLICY tenant ON queries USING (${plainPolicy}) WITH CHECK (${plainPolicy})`,
    'policy tenant of queries differs from the template',
  ],
  [
    'a policy that does not check what is written',
    'ALTER POLICY tenant ON queries WITH CHECK (true)',
    'policy tenant of queries differs from the template',
  ],
  [
    'a policy for reading only',
    'DROP POLICY tenant ON queries; CREATE POLICY tenant ON queries FOR SELECT TO app_runtime USING (true)',
    'policy tenant of queries differs from the template',
  ],
  [
    'a policy without a condition',
    'DROP POLICY tenant ON queries; CREATE POLICY tenant ON queries TO app_runtime',
    'policy tenant of queries differs from the template',
  ],

  [
    'a second policy',
    'CREATE POLICY more ON queries TO app_runtime USING (true)',
    'table queries has 2 policies for the runtime or for everybody',
  ],
  ['a policy for everybody', 'CREATE POLICY more ON queries USING (true)', 'table queries has 2 policies for the runtime or for everybody'],
  [
    'a table that the eraser may not erase',
    'REVOKE DELETE ON queries FROM app_eraser',
    'what a deleted tenant leaves in queries could not be erased',
  ],
  ['a table where it sees nothing', 'DROP POLICY erase ON queries', 'what a deleted tenant leaves in queries could not be erased'],
  [
    'an eraser of the living',
    'ALTER POLICY erase ON queries USING (true)',
    'policy erase of queries lets the eraser at rows of the living',
  ],
  [
    'an eraser that may also forget its condition',
    'ALTER POLICY erase ON queries USING (tenant_id IN (SELECT d.id FROM public.tenants d WHERE d.deleted_at IS NOT NULL) OR true)',
    'policy erase of queries lets the eraser at rows of the living',
  ],
  [
    'an eraser that writes to the living',
    'CREATE POLICY more ON audit_events FOR INSERT TO app_eraser WITH CHECK (true)',
    'policy more of audit_events lets the eraser at rows of the living',
  ],
  [
    'an administrator who writes what belongs to tenants',
    'CREATE POLICY more ON queries FOR INSERT TO app_admin WITH CHECK (true)',
    'policy more of queries lets app_admin at more rows than is declared',
  ],
  [
    'a place of the platform that became everybody’s',
    'ALTER POLICY platform_place ON idempotency_keys USING (true)',
    'policy platform_place of idempotency_keys lets app_admin at more rows than is declared',
  ],
  [
    'a dispatcher that reads documents',
    'CREATE POLICY more ON documents FOR SELECT TO app_dispatch USING (true)',
    'policy more of documents lets app_dispatch at more rows than is declared',
  ],
  [
    'a sweeper of what is not over',
    'ALTER POLICY sweep ON stream_tickets USING (true)',
    'policy sweep of stream_tickets lets app_dispatch at more rows than is declared',
  ],
  [
    'a policy that another role shares',
    'ALTER POLICY seal ON audit_events TO app_sealer, app_dispatch',
    'policy seal of audit_events lets app_dispatch at more rows than is declared',
  ],
  [
    'a policy for more commands',
    'DROP POLICY dispatch ON reservations; CREATE POLICY dispatch ON reservations TO app_dispatch USING (true)',
    'policy dispatch of reservations lets app_dispatch at more rows than is declared',
  ],
  [
    'a role that nobody knows',
    'CREATE ROLE reporting; CREATE POLICY more ON queries FOR SELECT TO reporting USING (true)',
    'policy more of queries lets reporting at more rows than is declared',
  ],
  [
    'a column more for the dispatcher',
    'GRANT SELECT (payload) ON outbox TO app_dispatch',
    'app_dispatch may SELECT payload of outbox, which is not declared',
  ],
  [
    'a table more for the look-up of keys',
    'GRANT SELECT (tenant_id, filename) ON documents TO app_auth',
    'app_auth may SELECT filename, tenant_id of documents, which is not declared',
  ],
  [
    'a sealer that forges',
    'GRANT UPDATE (canon) ON audit_events TO app_sealer',
    'app_sealer may UPDATE canon of audit_events, which is not declared',
  ],
  ['an eraser that reads', 'GRANT SELECT (name) ON tenants TO app_eraser', 'app_eraser may SELECT name of tenants, which is not declared'],
  ['an administrator who deletes', 'GRANT DELETE ON queries TO app_admin', 'app_admin may delete from queries, which is not declared'],
  ['a policy left by a data migration', 'CREATE POLICY migrate ON queries TO app_owner USING (true)', 'policy migrate was left on queries'],

  ['TRUNCATE', 'GRANT TRUNCATE ON queries TO app_runtime', 'app_runtime may TRUNCATE on queries'],
  ['TRUNCATE for everybody', 'GRANT TRUNCATE ON queries TO PUBLIC', 'app_dispatch may TRUNCATE on queries'],
  ['REFERENCES', 'GRANT REFERENCES ON queries TO app_eraser', 'app_eraser may REFERENCES on queries'],
  ['REFERENCES on a column', 'GRANT REFERENCES (id) ON queries TO app_eraser', 'app_eraser may REFERENCES on queries'],
  ['TRIGGER', 'GRANT TRIGGER ON queries TO app_admin', 'app_admin may TRIGGER on queries'],
  ['a right on a partition', 'GRANT SELECT ON embeddings_p3 TO app_runtime', 'app_runtime has a right on the partition embeddings_p3'],
  [
    'a right on a column of a partition',
    'GRANT SELECT (document_id) ON embeddings_p3 TO app_runtime',
    'app_runtime has a right on the partition embeddings_p3',
  ],
  ['deletion on a partition', 'GRANT DELETE ON embeddings_p3 TO app_eraser', 'app_eraser has a right on the partition embeddings_p3'],
  [
    'a global table that can be written',
    'GRANT UPDATE (state) ON embedding_models TO app_runtime',
    'app_runtime may change the global table embedding_models',
  ],
  ['new things in the schema', 'GRANT CREATE ON SCHEMA public TO app_runtime', 'app_runtime may create in schema public'],
  ['temporary tables', 'GRANT TEMP ON DATABASE postgres TO app_runtime', 'app_runtime may create temporary tables'],

  ['a table of somebody else', 'ALTER TABLE queries OWNER TO postgres', 'table queries does not belong to app_owner'],
  [
    'a function of schema sec of somebody else',
    'ALTER FUNCTION sec.verified_tenant() OWNER TO postgres',
    'sec.verified_tenant() does not belong to app_auth',
  ],

  [
    'a view that sees everything',
    'CREATE VIEW shown AS SELECT * FROM queries',
    'shown is a view without security_invoker, a materialised view or a foreign table',
  ],
  [
    'a materialised view',
    'CREATE MATERIALIZED VIEW shown AS SELECT * FROM queries',
    'shown is a view without security_invoker, a materialised view or a foreign table',
  ],
  [
    'a foreign table',
    'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE shown (id int) SERVER s',
    'shown is a view without security_invoker, a materialised view or a foreign table',
  ],

  [
    'a definer function without search_path',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$; REVOKE ALL ON FUNCTION f() FROM PUBLIC',
    'function f() runs as its owner and has no search_path, or everybody may call it',
  ],
  [
    'a definer function that everybody may call',
    'GRANT EXECUTE ON FUNCTION sec.lookup_key(text) TO PUBLIC',
    'function sec.lookup_key(text) runs as its owner and has no search_path, or everybody may call it',
  ],
  ['a leakproof function', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql LEAKPROOF AS $$ SELECT 1 $$', 'function f() is leakproof'],

  ['a role that passes row-level security by', 'ALTER ROLE app_admin BYPASSRLS', 'role app_admin has rights beyond its own'],
  ['a superuser', 'ALTER ROLE app_auth SUPERUSER', 'role app_auth has rights beyond its own'],
  ['a role that makes roles', 'ALTER ROLE app_migrator CREATEROLE', 'role app_migrator has rights beyond its own'],
  ['a role that inherits', 'ALTER ROLE app_migrator INHERIT', 'role app_migrator has rights beyond its own'],
  ['a membership', 'GRANT app_owner TO app_runtime', 'role app_runtime is a member of app_owner'],
  ['a membership in a role of the server', 'GRANT pg_read_all_data TO app_runtime', 'role app_runtime is a member of pg_read_all_data'],

  [
    'an old extension',
    `UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'`,
    'the extension vector 0.7.4 is below 0.8.0',
  ],
  [
    'an extension that must not build in parallel',
    `UPDATE pg_extension SET extversion = '0.8.1' WHERE extname = 'vector'; SELECT set_config('max_parallel_maintenance_workers', '2', true)`,
    'the extension vector 0.8.1 must not build indexes in parallel: set max_parallel_maintenance_workers = 0',
  ],
];

describe('catalogue lint', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  it('finds nothing in the database as it is migrated', async () => {
    expect(await database.allRows(CATALOG_LINT)).toEqual([]);
  });

  it('lets production start as app_runtime, never as a superuser (which the embedded engine’s session is)', async () => {
    const start = assertSafeToStart(database.platform.connections);
    if (onNative) await expect(start).resolves.toBeUndefined();
    else await expect(start).rejects.toThrow('logs in as postgres, which is a superuser');
  });

  describeOnEmbedded('planted (needs the superuser, and a database that nobody else uses)', () => {
    it.each(VIOLATIONS)('finds %s', async (_name, plant, finding) => {
      const found = await database.asSuperuser(async (manager) => {
        await manager.query(plant);
        return manager.query<{ finding: string }[]>(CATALOG_LINT);
      });
      expect(found.map((row) => row.finding)).toContain(finding);
    });

    it('lets a view through that sees what its reader may see, and an index that begins with the tenant', async () => {
      const found = await database.asSuperuser(async (manager) => {
        await manager.query('CREATE VIEW shown WITH (security_invoker = true) AS SELECT * FROM queries');
        await manager.query('CREATE UNIQUE INDEX good ON documents (tenant_id, lower(filename), version)');
        return manager.query(CATALOG_LINT);
      });
      expect(found).toEqual([]);
    });
  });
});
