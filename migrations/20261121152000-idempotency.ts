import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of administrators stand in the platform's place, the id that no tenant has; keys whose day is over are swept. */
export class Idempotency20261121152000 implements MigrationInterface {
  readonly name = 'Idempotency20261121152000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The administrator reads every row (they are sealed), and writes only where no tenant is.
      CREATE POLICY platform_place ON idempotency_keys TO app_admin
        USING (tenant_id = '00000000-0000-0000-0000-000000000000') WITH CHECK (tenant_id = '00000000-0000-0000-0000-000000000000');
      GRANT INSERT, UPDATE, DELETE ON idempotency_keys TO app_admin;
      -- The dispatcher sees nothing but what is over, and of that only when.
      CREATE POLICY sweep ON idempotency_keys TO app_dispatch USING (expires_at < clock_timestamp());
      GRANT SELECT (expires_at), DELETE ON idempotency_keys TO app_dispatch;
      CREATE INDEX idempotency_keys_end ON idempotency_keys (expires_at);
      -- An answer stands whole in its row, in the transaction of its effect: there is no half-way to resume from.
      ALTER TABLE idempotency_keys DROP COLUMN recovery_point;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
