import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Several models side by side: one serves, others are being prepared or go; and a tenant moves from one to the next under its write lock. */
export class SeveralModels20261121191000 implements MigrationInterface {
  readonly name = 'SeveralModels20261121191000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Since when nobody is served by it: its vectors stay for a while, then they are removed.
      ALTER TABLE embedding_models ADD COLUMN retired_at timestamptz;
      -- A model used to be ready as soon as it was registered. The one that tenants' vectors were made with serves; without tenants the newest.
      CREATE POLICY migrate ON tenants TO app_owner USING (true) WITH CHECK (true);
      UPDATE embedding_models SET state = 'building' WHERE model_version <> coalesce(
        (SELECT t.active_model FROM tenants t WHERE t.deleted_at IS NULL GROUP BY t.active_model ORDER BY count(*) DESC, t.active_model LIMIT 1),
        (SELECT max(model_version) FROM embedding_models), 0);
      DROP POLICY migrate ON tenants;
      CREATE UNIQUE INDEX embedding_models_one_serves ON embedding_models (state) WHERE state = 'ready';

      -- The counters are the tenant's write lock: whoever moves a tenant to another model takes it, so that nothing is published meanwhile.
      CREATE POLICY admin_update ON tenant_stats FOR UPDATE TO app_admin USING (true) WITH CHECK (true);
      GRANT UPDATE (corpus_epoch) ON tenant_stats TO app_admin;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
