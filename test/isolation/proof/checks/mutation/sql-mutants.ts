import { bySql, superuserOf, type Mutant } from './mutant';
import { policyAs, policyOff } from './policies';

const GUARDED = [
  'documents', 'chunks', 'embeddings', 'postings', 'document_assets', 'queries', 'usage_records', // those that ISO-2 names
  'jobs', 'idempotency_keys', 'stream_tickets', 'api_keys', 'tenants', 'audit_events', 'outbox', 'posting_segments',
]; // prettier-ignore

const BARE_SETTING = `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND (SELECT sec.verified_tenant()) IS NOT NULL`;

const BOTH = ['catalogue-lint', 'raw-attack'];

const UNSIGNED = `CREATE OR REPLACE FUNCTION sec.verified_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$`;

/** Guards that the database keeps. */
export const sqlMutants: readonly Mutant[] = [
  ...GUARDED.map((table) => ({
    name: `every tenant's ${table} can be read and written`,
    guard: `policy of ${table}: true`,
    killers: BOTH,
    apply: policyOff(table),
  })),
  {
    name: 'rows may be written for another tenant',
    guard: 'WITH CHECK of documents dropped',
    killers: BOTH,
    apply: policyAs('documents', { checked: 'true' }),
  },
  {
    name: 'a tenant changed in mid-statement shows the other’s rows',
    guard: 'CASE in the policy of documents replaced by the bare setting',
    killers: BOTH,
    apply: policyAs('documents', { using: BARE_SETTING, checked: BARE_SETTING }),
  },
  {
    name: 'whoever can set a setting is any tenant',
    guard: 'signature of the context not checked',
    killers: ['raw-attack'],
    apply: async (target) => {
      const superuser = superuserOf(target);
      const [own] = (
        await superuser.query<{ definition: string }>(`SELECT pg_get_functiondef('sec.verified_tenant()'::regprocedure) AS definition`)
      ).rows;
      await superuser.query(UNSIGNED);
      return async () => {
        await superuser.query(own?.definition ?? '');
      };
    },
  },
  {
    name: 'a foreign key tells that a document of another tenant exists',
    guard: 'foreign key of jobs without the tenant',
    killers: BOTH,
    apply: bySql(
      `CREATE UNIQUE INDEX mutant_key ON documents (id);
       ALTER TABLE jobs DROP CONSTRAINT jobs_tenant_id_document_id_fkey;
       ALTER TABLE jobs ADD CONSTRAINT mutant FOREIGN KEY (document_id) REFERENCES documents (id) ON DELETE CASCADE NOT VALID`,
      `ALTER TABLE jobs DROP CONSTRAINT mutant; DROP INDEX mutant_key;
       ALTER TABLE jobs ADD CONSTRAINT jobs_tenant_id_document_id_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE`,
    ),
  },
  {
    name: 'a unique key tells that an id is taken by another tenant',
    guard: 'unique key of documents without the tenant',
    killers: BOTH,
    apply: bySql('CREATE UNIQUE INDEX mutant_key ON documents (id)', 'DROP INDEX mutant_key'),
  },
  {
    name: 'the owner of the tables sees every tenant',
    guard: 'FORCE ROW LEVEL SECURITY of chunks off',
    killers: ['catalogue-lint'],
    apply: bySql('ALTER TABLE chunks NO FORCE ROW LEVEL SECURITY', 'ALTER TABLE chunks FORCE ROW LEVEL SECURITY'),
  },
  {
    name: 'the runtime can become the owner of the tables',
    guard: 'app_runtime made a member of app_owner',
    killers: BOTH,
    apply: bySql('GRANT app_owner TO app_runtime', 'REVOKE app_owner FROM app_runtime'),
  },
  {
    name: 'the runtime passes every policy by',
    guard: 'BYPASSRLS given to app_runtime',
    killers: BOTH,
    apply: bySql('ALTER ROLE app_runtime BYPASSRLS', 'ALTER ROLE app_runtime NOBYPASSRLS'),
  },
  {
    name: 'one statement empties a table for all tenants',
    guard: 'TRUNCATE granted on queries',
    killers: BOTH,
    apply: bySql('GRANT TRUNCATE ON queries TO app_runtime', 'REVOKE TRUNCATE ON queries FROM app_runtime'),
  },
  {
    name: 'a partition answers without the policy of its table',
    guard: 'SELECT granted on a partition, its row-level security off',
    killers: BOTH,
    apply: bySql(
      'GRANT SELECT ON embeddings_p3 TO app_runtime; ALTER TABLE embeddings_p3 DISABLE ROW LEVEL SECURITY',
      'REVOKE SELECT ON embeddings_p3 FROM app_runtime; ALTER TABLE embeddings_p3 ENABLE ROW LEVEL SECURITY',
    ),
  },
  {
    name: 'the role that rings for jobs reads what tenants were told',
    guard: 'policy of idempotency_keys for the dispatcher: true, and its answers granted to it',
    killers: ['catalogue-lint'],
    apply: bySql(
      'ALTER POLICY sweep ON idempotency_keys USING (true); GRANT SELECT (body_enc) ON idempotency_keys TO app_dispatch',
      'ALTER POLICY sweep ON idempotency_keys USING (expires_at < clock_timestamp()); REVOKE SELECT (body_enc) ON idempotency_keys FROM app_dispatch',
    ),
  },
  {
    name: 'an administrator’s role writes documents of every tenant',
    guard: 'a policy of documents for app_admin beside the declared ones',
    killers: ['catalogue-lint'],
    apply: bySql('CREATE POLICY mutant ON documents FOR UPDATE TO app_admin USING (true)', 'DROP POLICY mutant ON documents'),
  },
  {
    name: 'the key that signs contexts can be read',
    guard: 'SELECT granted on sec.context_key',
    killers: ['raw-attack'],
    apply: bySql('GRANT SELECT ON sec.context_key TO app_runtime', 'REVOKE SELECT ON sec.context_key FROM app_runtime'),
  },
  {
    name: 'everybody may look keys up',
    guard: 'definer function executable by PUBLIC',
    killers: ['catalogue-lint'],
    apply: bySql('GRANT EXECUTE ON FUNCTION sec.lookup_key(text) TO PUBLIC', 'REVOKE EXECUTE ON FUNCTION sec.lookup_key(text) FROM PUBLIC'),
  },
];
