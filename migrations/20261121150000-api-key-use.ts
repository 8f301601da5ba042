import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Test keys, and when a key was last used. */
export class ApiKeyUse20261121150000 implements MigrationInterface {
  readonly name = 'ApiKeyUse20261121150000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys
        ADD COLUMN mode text NOT NULL DEFAULT 'live' CHECK (mode IN ('live', 'test')),
        ADD COLUMN last_used_at timestamptz;
      -- The one thing about a key that the runtime may write, and under the tenant policy only for keys of its tenant.
      GRANT UPDATE (last_used_at) ON api_keys TO app_runtime;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
