import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A reranker that costs money is a line of its own in the ledger. */
export class RerankingUsage20261121223000 implements MigrationInterface {
  readonly name = 'RerankingUsage20261121223000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE usage_records DROP CONSTRAINT usage_records_kind_check, ADD CONSTRAINT usage_records_kind_check
        CHECK (kind IN ('query_embedding', 'reranking', 'generation', 'document_embedding', 'ingestion')) NOT VALID;
      ALTER TABLE usage_records VALIDATE CONSTRAINT usage_records_kind_check;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
