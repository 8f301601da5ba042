import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which rules the postings of a chunk were cut: those of older ones are made anew by housekeeping. */
export class TermsVersion20261121222000 implements MigrationInterface {
  readonly name = 'TermsVersion20261121222000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE chunks ADD COLUMN terms_version int2 NOT NULL DEFAULT 1;
      CREATE INDEX chunks_of_older_terms ON chunks (tenant_id, document_id) WHERE terms_version < 2;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
