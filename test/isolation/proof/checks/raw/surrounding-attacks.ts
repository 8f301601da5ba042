import { REFUSED, type RawAttack, type Scene, type TenantTable } from './scene';

const DEFINITIONS = [
  'ALTER TABLE documents DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE documents NO FORCE ROW LEVEL SECURITY',
  'DROP POLICY tenant ON documents',
  'CREATE POLICY mine ON documents USING (true)',
  'GRANT SELECT ON embeddings_p0 TO app_runtime',
  'CREATE TABLE public.mine (id int)',
  'CREATE TEMP TABLE mine (id int)',
  'CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  // A cheap function of one's own in a WHERE clause may be asked before the policy, if it is called leakproof.
  'CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql LEAKPROOF AS $$ SELECT 1 $$',
  'CREATE FUNCTION pg_temp.mine(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE $q$%$q$, $1; RETURN true; END $$',
  'CREATE VIEW public.mine AS SELECT * FROM documents',
  'CREATE RULE mine AS ON SELECT TO documents DO INSTEAD SELECT 1',
  'CREATE TRIGGER mine BEFORE INSERT ON documents FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  'CREATE SCHEMA mine',
  'CREATE INDEX mine ON documents (filename)',
  'ALTER FUNCTION sec.verified_tenant() OWNER TO app_runtime',
  "DO $$ BEGIN CALL sec.protect('documents', 'tenant_id'); END $$",
  'DROP EXTENSION vector CASCADE',
  "COMMENT ON TABLE documents IS 'mine'",
  "SECURITY LABEL ON TABLE documents IS 'mine'",
];

const KEYS = [
  'SELECT * FROM sec.context_key',
  'TABLE sec.context_key',
  'COPY sec.context_key TO STDOUT',
  'SELECT count(*) FROM sec.context_key',
  'UPDATE sec.context_key SET not_after = NULL',
  'DELETE FROM sec.context_key',
  "INSERT INTO sec.context_key (kid, ipad, opad) VALUES (9, repeat('a', 64)::bytea, repeat('b', 64)::bytea)",
];

const ROLES = [
  'app_owner',
  'app_admin',
  'app_auth',
  'app_dispatch',
  'app_sealer',
  'app_eraser',
  'app_migrator',
  'postgres',
  'pg_read_all_data',
];

const asMine = (scene: Scene, ...statements: readonly string[]) => scene.attempt(scene.of(scene.mine), ...statements);
const onEach =
  (expected: readonly string[], statement: (table: TenantTable) => readonly string[]) =>
  (scene: Scene): ReturnType<RawAttack['run']> =>
    scene.unlike(expected, (table) => asMine(scene, ...statement(table)));

/** Past the tables: their definitions, the functions, the server, other roles. */
export const surroundingAttacks: readonly RawAttack[] = [
  {
    name: 'a partition addressed directly: refused',
    run: async (scene) => [
      ...(await scene.unlike([REFUSED], (table) => asMine(scene, `SELECT * FROM ${table.name}`), scene.partitions)),
      ...(await scene.unlike([REFUSED], (table) => asMine(scene, `DELETE FROM ${table.name}`), scene.partitions)),
      ...(await scene.unlike([REFUSED], (table) => asMine(scene, `SELECT * FROM ONLY ${table.name}`), scene.partitions)),
    ],
  },
  { name: 'TRUNCATE: refused on every table', run: onEach([REFUSED], ({ name }) => [`TRUNCATE ${name}`]) },
  {
    name: 'a lock on a whole table that would stop the other tenant: refused, or only what writing takes anyway',
    // PostgreSQL 15 lets whoever may UPDATE or DELETE lock a table; what is held ends with lock and idle timeouts of the role.
    run: onEach([REFUSED, 'no rows', '55P03'], ({ name }) => [`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE NOWAIT`]),
  },
  {
    name: 'row_security off: refused on every table',
    run: onEach([REFUSED], ({ name }) => ['SET LOCAL row_security = off', `SELECT * FROM ${name}`]),
  },
  {
    name: 'statistics of the planner: nothing of the other',
    run: async (scene) => {
      const outcome = await asMine(
        scene,
        `SELECT tablename, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = 'public'`,
      );
      return [
        ...scene.namesTheirs('pg_stats', outcome),
        ...(await scene.unlikeEach(
          [REFUSED],
          ['SELECT * FROM pg_statistic LIMIT 1', 'SELECT * FROM pg_authid', 'SELECT * FROM pg_user_mapping'],
        )),
      ];
    },
  },
  { name: 'definitions: nothing can be changed or added', run: (scene) => scene.unlikeEach([REFUSED, '42809', '22023'], DEFINITIONS) },
  { name: 'the key of the context: neither read nor replaced', run: (scene) => scene.unlikeEach([REFUSED], KEYS) },
  {
    name: 'a look-up of keys: finds nothing by a pattern, and says no secret',
    run: (scene) =>
      scene.unlikeEach(
        ['no rows'],
        [
          "SELECT * FROM sec.lookup_key('%')",
          "SELECT * FROM sec.lookup_key('')",
          'SELECT * FROM sec.lookup_key(NULL)',
          "SELECT * FROM sec.lookup_key($$' OR true --$$)",
        ],
      ),
  },
  {
    name: 'files and programs of the server: refused',
    run: (scene) =>
      scene.unlikeEach(
        [REFUSED],
        [
          "SELECT pg_read_file('PG_VERSION')",
          "SELECT pg_ls_dir('.')",
          "COPY documents TO '/dev/null'",
          "COPY (SELECT 1) TO PROGRAM 'true'",
          "SELECT lo_import('/etc/hostname')",
        ],
      ),
  },
  {
    name: 'a plan: estimates and actual rows tell nothing of the other',
    run: async (scene) => {
      const sql = `EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) SELECT * FROM documents WHERE tenant_id = '${scene.theirs}'`;
      const outcome = await asMine(scene, sql);
      const rows = 'rows' in outcome ? /"Actual Rows": ?(\d+)/.exec(JSON.stringify(outcome.rows).replaceAll('\\', ''))?.[1] : '0';
      return rows === '0' ? [] : [{ what: 'EXPLAIN ANALYZE', detail: `${rows} rows of the other tenant` }];
    },
  },
  ...ROLES.map((role) => ({
    name: `login: cannot become ${role}`,
    needsLogin: true as const,
    run: (scene: Scene) =>
      scene.unlikeEach(
        [REFUSED],
        [`SET ROLE ${role}`, `SET LOCAL ROLE ${role}`, `SET SESSION AUTHORIZATION ${role}`, `SELECT set_config('role', '${role}', true)`],
      ),
  })),
  {
    name: 'login: stays itself after RESET ROLE and RESET SESSION AUTHORIZATION',
    needsLogin: true,
    run: async (scene) => {
      const outcome = await asMine(scene, 'RESET ROLE', 'RESET SESSION AUTHORIZATION', 'SELECT current_user::text AS name');
      const name = 'rows' in outcome ? outcome.rows[0]?.['name'] : outcome.code;
      return name === 'app_runtime' ? [] : [{ what: 'RESET ROLE', detail: `is ${String(name)}` }];
    },
  },
  {
    name: 'login: COPY out shows nothing without context, COPY in is not possible',
    needsLogin: true,
    run: async (scene) => [
      ...(await scene.unlike(['no rows'], ({ name }) => scene.attempt(null, `COPY (SELECT * FROM ${name}) TO STDOUT`))),
      ...(await scene.unlike(['no rows', REFUSED], ({ name }) => scene.attempt(null, `COPY ${name} TO STDOUT`))),
      ...(await scene.unlike([REFUSED, '0A000', '57014'], ({ name }) => asMine(scene, `COPY ${name} FROM STDIN`))),
    ],
  },
  {
    name: 'login: settings of the superuser are out of reach',
    needsLogin: true,
    run: (scene) =>
      scene.unlikeEach(
        [REFUSED, '55P02'],
        [
          'SET session_replication_role = replica',
          'SET log_statement = none',
          'SET zero_damaged_pages = on',
          'ALTER ROLE app_runtime SUPERUSER',
          'ALTER ROLE app_runtime BYPASSRLS',
        ],
      ),
  },
];
