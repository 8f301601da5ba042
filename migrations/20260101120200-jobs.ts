import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Work that must happen (PostgreSQL owns it, the queue only rings) and events on their way to their reactions. */
export class Jobs20260101120200 implements MigrationInterface {
  readonly name = 'Jobs20260101120200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE jobs (
        tenant_id uuid NOT NULL, id uuid NOT NULL, kind text NOT NULL, document_id uuid, stage text NOT NULL DEFAULT 'start',
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'quarantined')),
        epoch int NOT NULL DEFAULT 0, attempts int NOT NULL DEFAULT 0, unclean int NOT NULL DEFAULT 0, dispatch_no int NOT NULL DEFAULT 0,
        due timestamptz NOT NULL DEFAULT now(), lease_until timestamptz, rung_at timestamptz, attempt_until timestamptz, deadline_at timestamptz NOT NULL,
        error_code text, created_at timestamptz NOT NULL DEFAULT now(), settled_at timestamptz,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE);
      CREATE UNIQUE INDEX jobs_one_open ON jobs (tenant_id, kind, document_id) WHERE state IN ('queued', 'running');
      CREATE INDEX jobs_due ON jobs (due) WHERE state IN ('queued', 'running');
      -- A job that the dispatcher ended (deadline, poison) still owes its document a reason.
      CREATE INDEX jobs_unsettled ON jobs (due) WHERE state IN ('failed', 'quarantined') AND settled_at IS NULL;
      CALL sec.protect('jobs', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON jobs TO app_runtime;
      CREATE POLICY dispatch ON jobs TO app_dispatch USING (true) WITH CHECK (true);
      GRANT SELECT (tenant_id, id, kind, state, epoch, unclean, dispatch_no, due, lease_until, rung_at, deadline_at, settled_at),
        UPDATE (rung_at, dispatch_no, state, epoch, error_code) ON jobs TO app_dispatch;

      CREATE TABLE outbox (
        tenant_id uuid NOT NULL, id int8 GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz, PRIMARY KEY (tenant_id, id));
      CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
      CALL sec.protect('outbox', 'tenant_id');
      GRANT INSERT, UPDATE ON outbox TO app_runtime;
      CREATE POLICY dispatch ON outbox TO app_dispatch USING (true) WITH CHECK (true);
      GRANT SELECT (tenant_id, id, created_at, sent_at) ON outbox TO app_dispatch;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
