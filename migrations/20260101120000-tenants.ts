import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, their API keys, the counters of their corpus, and the one function that finds a key before a tenant is known. */
export class Tenants20260101120000 implements MigrationInterface {
  readonly name = 'Tenants20260101120000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE embedding_models (
        model_version int PRIMARY KEY, name text NOT NULL UNIQUE, digest text NOT NULL, dims smallint NOT NULL,
        state text NOT NULL CHECK (state IN ('building', 'ready', 'retired')), UNIQUE (model_version, dims));
      GRANT SELECT ON embedding_models TO app_runtime, app_admin;

      CREATE TABLE tenants (
        id uuid PRIMARY KEY, name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200), is_active boolean NOT NULL DEFAULT true,
        monthly_quota_micro_usd int8 NOT NULL CHECK (monthly_quota_micro_usd >= 0), settings jsonb NOT NULL DEFAULT '{}',
        active_model int NOT NULL REFERENCES embedding_models, created_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz, revision int NOT NULL DEFAULT 0);
      CALL sec.protect('tenants', 'id');
      CREATE POLICY admin_write ON tenants FOR INSERT TO app_admin WITH CHECK (true);
      CREATE POLICY admin_update ON tenants FOR UPDATE TO app_admin USING (true) WITH CHECK (true);
      GRANT INSERT, UPDATE ON tenants TO app_admin;

      CREATE TABLE tenant_stats (
        tenant_id uuid PRIMARY KEY REFERENCES tenants, n int8 NOT NULL DEFAULT 0, sumdl int8 NOT NULL DEFAULT 0,
        corpus_epoch int8 NOT NULL DEFAULT 0);
      CALL sec.protect('tenant_stats', 'tenant_id');
      GRANT UPDATE ON tenant_stats TO app_runtime;
      CREATE POLICY admin_write ON tenant_stats FOR INSERT TO app_admin WITH CHECK (true);
      GRANT INSERT ON tenant_stats TO app_admin;

      CREATE TABLE corpus_epochs (
        tenant_id uuid NOT NULL REFERENCES tenants, epoch int8 NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (tenant_id, epoch));
      CALL sec.protect('corpus_epochs', 'tenant_id');
      GRANT INSERT ON corpus_epochs TO app_runtime;

      CREATE TABLE api_keys (
        tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, lookup_id text NOT NULL, name text NOT NULL, digest bytea NOT NULL,
        scopes text[] NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz, not_after timestamptz, revoked_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      -- Not unique: a unique key of a tenant table begins with its tenant. lookup_key answers nothing when two rows match.
      CREATE INDEX api_keys_lookup ON api_keys (lookup_id);
      CALL sec.protect('api_keys', 'tenant_id');
      CREATE POLICY admin_write ON api_keys FOR INSERT TO app_admin WITH CHECK (true);
      CREATE POLICY admin_update ON api_keys FOR UPDATE TO app_admin USING (true) WITH CHECK (true);
      GRANT INSERT, UPDATE ON api_keys TO app_admin;

      CREATE POLICY key_lookup ON api_keys FOR SELECT TO app_auth USING (true);
      CREATE POLICY key_lookup ON tenants FOR SELECT TO app_auth USING (true);
      GRANT SELECT (tenant_id, id, lookup_id, name, digest, scopes, expires_at, not_after, revoked_at) ON api_keys TO app_auth;
      GRANT SELECT (id, is_active, deleted_at, settings) ON tenants TO app_auth;
    `);
    await runner.query('SET LOCAL ROLE app_auth');
    await runner.query(`
      CREATE FUNCTION sec.lookup_key(p_lookup_id text)
      RETURNS TABLE (tenant_id uuid, key_id uuid, name text, digest bytea, scopes text[], tenant_is_active boolean, rate_limit_rps float8)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT k.tenant_id, k.id, k.name, k.digest, k.scopes, t.is_active, (t.settings ->> 'rate_limit_rps')::float8
        FROM public.api_keys k JOIN public.tenants t ON t.id = k.tenant_id
        WHERE k.lookup_id = p_lookup_id AND k.revoked_at IS NULL AND t.deleted_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now()) AND (k.not_after IS NULL OR k.not_after > now())
          AND (SELECT count(*) FROM public.api_keys o WHERE o.lookup_id = p_lookup_id) = 1
      $$`);
    await runner.query('REVOKE ALL ON FUNCTION sec.lookup_key(text) FROM PUBLIC');
    await runner.query('GRANT EXECUTE ON FUNCTION sec.lookup_key(text) TO app_runtime');
    await runner.query('SET LOCAL ROLE app_owner');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
