import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was asked, what it cost, what was done: queries, the ledger, the audit trail; idempotency keys and stream tickets. */
export class Accounting20260101120300 implements MigrationInterface {
  readonly name = 'Accounting20260101120300';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_events (
        tenant_id uuid NOT NULL, id int8 GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), subject_id uuid, canon bytea NOT NULL,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(), seq int8, prev bytea, hash bytea,
        PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, seq));
      -- What the entry is about (a query, a document, a key): found by it, but only canon is hashed.
      CREATE INDEX audit_events_subject ON audit_events (tenant_id, subject_id);
      CREATE INDEX audit_unsealed ON audit_events (tenant_id, id) WHERE seq IS NULL;
      CALL sec.protect('audit_events', 'tenant_id');
      GRANT INSERT (tenant_id, subject_id, canon) ON audit_events TO app_runtime;
      CREATE POLICY admin_write ON audit_events FOR INSERT TO app_admin WITH CHECK (true);
      GRANT INSERT (tenant_id, subject_id, canon) ON audit_events TO app_admin;
      CREATE POLICY seal ON audit_events TO app_sealer USING (true) WITH CHECK (true);
      GRANT SELECT, UPDATE (seq, prev, hash) ON audit_events TO app_sealer;

      CREATE TABLE audit_heads (
        tenant_id uuid PRIMARY KEY REFERENCES tenants, seq int8 NOT NULL DEFAULT 0, genesis bytea NOT NULL, hash bytea NOT NULL);
      CALL sec.protect('audit_heads', 'tenant_id');
      CREATE POLICY admin_write ON audit_heads FOR INSERT TO app_admin WITH CHECK (true);
      GRANT INSERT ON audit_heads TO app_admin;
      CREATE POLICY seal ON audit_heads TO app_sealer USING (true) WITH CHECK (true);
      GRANT SELECT, UPDATE (seq, hash) ON audit_heads TO app_sealer;

      CREATE TABLE queries (
        tenant_id uuid NOT NULL, id uuid NOT NULL, asked_at timestamptz NOT NULL, kind text NOT NULL CHECK (kind IN ('query', 'search')),
        key_id uuid NOT NULL, as_of timestamptz, corpus_epoch int8 NOT NULL, model_version int NOT NULL, refused boolean NOT NULL,
        cost_micro_usd int8 NOT NULL, input jsonb NOT NULL, result jsonb NOT NULL, trace_id text,
        PRIMARY KEY (tenant_id, id));
      CREATE INDEX queries_newest ON queries (tenant_id, asked_at DESC, id DESC);
      CALL sec.protect('queries', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON queries TO app_runtime;

      CREATE TABLE budgets (
        tenant_id uuid NOT NULL REFERENCES tenants, period date NOT NULL, limit_micro_usd int8 NOT NULL, reserved int8 NOT NULL DEFAULT 0,
        spent int8 NOT NULL DEFAULT 0, overage int8 NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, period),
        CHECK (reserved >= 0 AND spent >= 0 AND overage >= 0 AND reserved + spent <= limit_micro_usd));
      CALL sec.protect('budgets', 'tenant_id');
      GRANT INSERT, UPDATE ON budgets TO app_runtime;
      CREATE POLICY admin_update ON budgets FOR UPDATE TO app_admin USING (true) WITH CHECK (true);
      GRANT UPDATE ON budgets TO app_admin;

      CREATE TABLE reservations (
        tenant_id uuid NOT NULL, id uuid NOT NULL, period date NOT NULL, amount int8 NOT NULL CHECK (amount >= 0),
        progress int8 NOT NULL DEFAULT 0, started boolean NOT NULL DEFAULT false, actual int8 CHECK (actual >= 0),
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'posted', 'voided', 'expired')), expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, period) REFERENCES budgets (tenant_id, period));
      CREATE INDEX reservations_pending ON reservations (expires_at) WHERE state = 'pending';
      CALL sec.protect('reservations', 'tenant_id');
      GRANT INSERT, UPDATE ON reservations TO app_runtime;
      CREATE POLICY dispatch ON reservations FOR SELECT TO app_dispatch USING (true);
      GRANT SELECT (tenant_id, id, state, expires_at) ON reservations TO app_dispatch;

      CREATE TABLE usage_records (
        tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), reservation_id uuid NOT NULL, query_id uuid, document_id uuid,
        kind text NOT NULL CHECK (kind IN ('query_embedding', 'generation', 'document_embedding', 'ingestion')), provider text NOT NULL, model text NOT NULL,
        tokens_in int8 NOT NULL, tokens_out int8 NOT NULL, pages int NOT NULL DEFAULT 0, cost_micro_usd int8 NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, reservation_id, kind),
        FOREIGN KEY (tenant_id, reservation_id) REFERENCES reservations (tenant_id, id));
      CREATE INDEX usage_records_at ON usage_records (tenant_id, at DESC, id DESC);
      CALL sec.protect('usage_records', 'tenant_id');
      GRANT INSERT ON usage_records TO app_runtime;

      CREATE TABLE idempotency_keys (
        tenant_id uuid NOT NULL, principal text NOT NULL, key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255), fingerprint bytea NOT NULL,
        state text NOT NULL CHECK (state IN ('running', 'done')), owner uuid NOT NULL, lease_until timestamptz NOT NULL, recovery_point text,
        status int, headers jsonb, body_enc bytea, expires_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, principal, key));
      CALL sec.protect('idempotency_keys', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON idempotency_keys TO app_runtime;

      CREATE TABLE stream_tickets (
        tenant_id uuid NOT NULL, id uuid NOT NULL, key_id uuid NOT NULL, body jsonb NOT NULL, expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id));
      CALL sec.protect('stream_tickets', 'tenant_id');
      GRANT INSERT, DELETE ON stream_tickets TO app_runtime;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
