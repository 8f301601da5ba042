import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens of queries in the last hour: what was used is in the ledger, what may still be used is set aside in the reservations. */
export class TokenWindow20261121160000 implements MigrationInterface {
  readonly name = 'TokenWindow20261121160000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE reservations ADD COLUMN tokens int8 NOT NULL DEFAULT 0 CHECK (tokens >= 0);
      CREATE INDEX reservations_tokens ON reservations (tenant_id) INCLUDE (tokens) WHERE state = 'pending' AND tokens > 0;
      -- Summed for each query of a tenant with a limit: from the index alone.
      CREATE INDEX usage_records_tokens ON usage_records (tenant_id, at) INCLUDE (tokens_in, tokens_out)
        WHERE kind IN ('query_embedding', 'generation');
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
