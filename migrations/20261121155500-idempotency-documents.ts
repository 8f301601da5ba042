import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Kept answers are sealed: what they quote is written beside them, so that they go with a deleted document. */
export class IdempotencyDocuments20261121155500 implements MigrationInterface {
  readonly name = 'IdempotencyDocuments20261121155500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE idempotency_keys ADD COLUMN document_ids uuid[] NOT NULL DEFAULT '{}'`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
