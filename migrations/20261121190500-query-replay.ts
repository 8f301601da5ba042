import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a query is repeated from: the numbers it searched with, to the bit, and since which state a deleted version is gone. */
export class QueryReplay20261121190500 implements MigrationInterface {
  readonly name = 'QueryReplay20261121190500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- float32, little endian, one vector after the other; '' where the model could not be reached, NULL in rows from before.
      ALTER TABLE queries ADD COLUMN vectors bytea;
      ALTER TABLE queries ALTER COLUMN vectors SET STORAGE EXTERNAL;
      -- NULL: not deleted, or deleted before this was kept.
      ALTER TABLE documents ADD COLUMN withdrawn_epoch int8;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
