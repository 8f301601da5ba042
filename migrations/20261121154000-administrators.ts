import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People who administer, by the names that their identity provider gives them. The platform's own stand where no tenant is. */
export class Administrators20261121154000 implements MigrationInterface {
  readonly name = 'Administrators20261121154000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE administrators (
        tenant_id uuid NOT NULL, id uuid NOT NULL, issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 2000),
        subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255), appointed_at timestamptz NOT NULL, revoked_at timestamptz,
        PRIMARY KEY (tenant_id, id));
      -- Not unique: a unique key of a tenant table begins with its tenant. Who is found twice is nobody.
      CREATE INDEX administrators_person ON administrators (issuer, subject) WHERE revoked_at IS NULL;
      CREATE INDEX administrators_newest ON administrators (appointed_at DESC, id DESC);
      CALL sec.protect('administrators', 'tenant_id');
      CREATE POLICY admin_write ON administrators FOR INSERT TO app_admin WITH CHECK (true);
      CREATE POLICY admin_update ON administrators FOR UPDATE TO app_admin USING (true) WITH CHECK (true);
      GRANT INSERT, UPDATE (revoked_at) ON administrators TO app_admin;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
