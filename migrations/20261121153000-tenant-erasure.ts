import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Deleting a tenant: the database refuses its context at once, `app_eraser` removes what it owned, a nameless row stays. Databases that
 * were bootstrapped before get the two functions of deploy/bootstrap.sql anew; the texts are the same.
 */
export class TenantErasure20261121153000 implements MigrationInterface {
  readonly name = 'TenantErasure20261121153000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- erasure_horizon: the transaction that first found nothing left; when no older one is open, nobody can add anything any more.
      ALTER TABLE tenants ADD COLUMN deletion_id uuid, ADD COLUMN retain_until timestamptz, ADD COLUMN erasure_lease_until timestamptz,
        ADD COLUMN erasure_horizon xid8, ADD COLUMN erased_at timestamptz, ADD COLUMN purged_at timestamptz;
      CREATE INDEX tenants_to_erase ON tenants (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
      CREATE POLICY tombstones ON tenants FOR SELECT TO app_eraser USING (deleted_at IS NOT NULL);
      CREATE POLICY erase_progress ON tenants FOR UPDATE TO app_eraser USING (deleted_at IS NOT NULL) WITH CHECK (deleted_at IS NOT NULL);
      GRANT SELECT (id, deletion_id, deleted_at, retain_until, erasure_lease_until, erasure_horizon, erased_at, purged_at),
        UPDATE (erasure_lease_until, erasure_horizon, erased_at, purged_at) ON tenants TO app_eraser;

      -- What the eraser may do with each table of tenants that is there already; later ones get it by sec.protect.
      DO $$ DECLARE t regclass; BEGIN
        FOR t IN SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
                  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                    AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant')
                    AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'erase')
        LOOP
          EXECUTE format('CREATE POLICY erase ON %s TO app_eraser USING (tenant_id IN (SELECT d.id FROM public.tenants d WHERE d.deleted_at IS NOT NULL))', t);
          EXECUTE format('GRANT SELECT (tenant_id, ctid), DELETE ON %s TO app_eraser', t);
        END LOOP;
      END $$;
      -- Which reservations are still open decides what is erased; that the erasure ended is written down for as long as the books are kept.
      GRANT SELECT (state) ON reservations TO app_eraser;
      GRANT INSERT (tenant_id, subject_id, canon) ON audit_events TO app_eraser;

      -- Foreign keys look for what refers to a row that goes: without these, every one of them reads all rows of the tenant.
      CREATE INDEX documents_previous ON documents (tenant_id, previous_version_id);
      CREATE INDEX jobs_document ON jobs (tenant_id, document_id);
      CREATE INDEX reservations_period ON reservations (tenant_id, period);

      -- A reservation is settled once, by its state: two lines of one kind (a model that failed half-way, and the one after it) are two lines.
      ALTER TABLE usage_records DROP CONSTRAINT usage_records_tenant_id_reservation_id_kind_key;
      CREATE INDEX usage_records_reservation ON usage_records (tenant_id, reservation_id);
    `);
    await runner.query('SET LOCAL ROLE app_auth');
    await runner.query(`
      CREATE OR REPLACE FUNCTION sec.verified_tenant() RETURNS uuid
      LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
          EXECUTE format('CREATE POLICY erase ON %s TO app_eraser USING (tenant_id IN (SELECT d.id FROM public.tenants d WHERE d.deleted_at IS NOT NULL))', t);
          EXECUTE format('GRANT SELECT (tenant_id, ctid), DELETE ON %s TO app_eraser', t);
        END IF;
      END $$;
    `);
    await runner.query('SET LOCAL ROLE app_owner');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
