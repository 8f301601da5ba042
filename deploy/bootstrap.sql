-- Run once by a superuser (`aegis migrate --bootstrap`; the embedded profile runs it itself): roles, the extension, schema sec.
-- Idempotent. Passwords are set by the command that runs it, never here. The roles and their rights are explained in docs/architecture.md.

DO $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT * FROM (VALUES
      ('app_owner', 'NOLOGIN'), ('app_auth', 'NOLOGIN'), ('app_migrator', 'LOGIN'), ('app_runtime', 'LOGIN'),
      ('app_admin', 'LOGIN'), ('app_eraser', 'LOGIN'), ('app_dispatch', 'LOGIN'), ('app_sealer', 'LOGIN')) AS t(name, login)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name) THEN
      EXECUTE format('CREATE ROLE %I', r.name);
    END IF;
    EXECUTE format('ALTER ROLE %I %s NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', r.name, r.login);
    EXECUTE format('ALTER ROLE %I SET search_path = public', r.name);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO app_migrator, app_runtime, app_admin, app_eraser, app_dispatch, app_sealer', current_database());
END $$;

GRANT app_owner, app_auth TO app_migrator;
-- TypeORM's own table of migrations belongs to app_owner too.
ALTER ROLE app_migrator SET role = 'app_owner';

-- One tenant's generic plan must not serve all. It cannot: what is sent without a name is planned each time, what has one is written for that
-- (docs/decisions/0026), and the checks of foreign keys need no other plan for each row.
ALTER ROLE app_runtime RESET plan_cache_mode;
-- A search with the vector index looks dear to the planner (`enable_sort` is off): compiled, it would take sixty times as long.
ALTER ROLE app_runtime SET jit = off;
-- Nothing of a request may hang for ever.
ALTER ROLE app_runtime SET statement_timeout = '30s';
ALTER ROLE app_runtime SET lock_timeout = '10s';
ALTER ROLE app_runtime SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE app_admin SET statement_timeout = '30s';
ALTER ROLE app_admin SET lock_timeout = '10s';
ALTER ROLE app_admin SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE app_dispatch SET statement_timeout = '10s';
ALTER ROLE app_dispatch SET lock_timeout = '10s';
ALTER ROLE app_dispatch SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE app_eraser SET statement_timeout = '30s';
ALTER ROLE app_eraser SET lock_timeout = '10s';
ALTER ROLE app_eraser SET idle_in_transaction_session_timeout = '30s';

CREATE EXTENSION IF NOT EXISTS vector;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO app_owner;
GRANT USAGE ON SCHEMA public TO app_runtime, app_admin, app_eraser, app_dispatch, app_sealer, app_auth;

CREATE SCHEMA IF NOT EXISTS sec AUTHORIZATION app_auth;
GRANT USAGE ON SCHEMA sec TO app_runtime, app_owner;

SET LOCAL ROLE app_auth;

-- The key of the tenant context as its two HMAC pads (key XOR 0x36, key XOR 0x5c, 64 bytes each): no extension is needed to check a signature.
CREATE TABLE IF NOT EXISTS sec.context_key (
  kid int PRIMARY KEY,
  ipad bytea NOT NULL CHECK (length(ipad) = 64),
  opad bytea NOT NULL CHECK (length(opad) = 64),
  not_after timestamptz
);
REVOKE ALL ON sec.context_key FROM PUBLIC;

-- The tenant of this transaction, or null without a context. A context that the application did not sign is refused, and so is every
-- statement of a tenant that was deleted, from the commit of the deletion on: AE001.
CREATE OR REPLACE FUNCTION sec.verified_tenant() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  t text := nullif(current_setting('app.tenant_id', true), '');
  s text[] := string_to_array(current_setting('app.tenant_sig', true), '.');
  k record;
BEGIN
  IF t IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT ipad, opad INTO k FROM sec.context_key WHERE kid::text = s[1] AND (not_after IS NULL OR not_after > now());
  IF NOT FOUND OR abs(extract(epoch FROM now()) - s[2]::bigint) > 900
     OR encode(sha256(k.opad || sha256(k.ipad || convert_to('v1|' || t || '|' || s[2], 'UTF8'))), 'hex') IS DISTINCT FROM s[3]
  THEN
    RAISE EXCEPTION 'tenant context refused' USING ERRCODE = '42501';
  END IF;
  IF EXISTS (SELECT FROM public.tenants d WHERE d.id = t::uuid AND d.deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION 'tenant deleted' USING ERRCODE = 'AE001';
  END IF;
  RETURN t::uuid;
END $$;
REVOKE ALL ON FUNCTION sec.verified_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.verified_tenant() TO app_runtime;

-- Row-level security of one tenant table. The bare equality lets the planner see the tenant; the signature is compared with the row
-- inside CASE, so that a context switched in mid-statement finds nothing. docs/decisions/0002 says why each part is there.
CREATE OR REPLACE PROCEDURE sec.protect(t regclass, col name)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p text := format(
    $p$%I = nullif(current_setting('app.tenant_id', true), '')::uuid AND CASE WHEN %1$I = (SELECT sec.verified_tenant()) THEN true ELSE false END$p$,
    col);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY tenant ON %s TO app_runtime USING (%s) WITH CHECK (%2$s)', t, p);
  EXECUTE format('CREATE POLICY admin_read ON %s FOR SELECT TO app_admin USING (true)', t);
  EXECUTE format('GRANT SELECT ON %s TO app_runtime, app_admin', t);
  IF col = 'tenant_id' THEN
    -- What deleted tenants left may be counted and removed, never read; of a living tenant the eraser sees no row.
    EXECUTE format('CREATE POLICY erase ON %s TO app_eraser USING (tenant_id IN (SELECT d.id FROM public.tenants d WHERE d.deleted_at IS NOT NULL))', t);
    EXECUTE format('GRANT SELECT (tenant_id, ctid), DELETE ON %s TO app_eraser', t);
  END IF;
END $$;
REVOKE ALL ON PROCEDURE sec.protect(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE sec.protect(regclass, name) TO app_owner;

RESET ROLE;
