import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an operator looks at: the newest jobs of all tenants, those that failed among them, one by its id; and how far the schema is. */
export class JobAdministration20261121214000 implements MigrationInterface {
  readonly name = 'JobAdministration20261121214000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
      CREATE INDEX jobs_failed ON jobs (created_at DESC, id DESC) WHERE state IN ('failed', 'quarantined');
      -- Not unique: a unique key of a tenant table begins with its tenant.
      CREATE INDEX jobs_by_id ON jobs (id);
      GRANT SELECT ON migrations TO app_admin;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
