import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The token vectors of chunks, compressed: what late interaction reads for the candidates of a search. */
export class ChunkTokens20261121191500 implements MigrationInterface {
  readonly name = 'ChunkTokens20261121191500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Apart from embeddings, whose rows are scanned: these are read for a few chunks at a time.
      CREATE TABLE chunk_tokens (
        tenant_id uuid NOT NULL, chunk_id int8 NOT NULL, model_version int NOT NULL REFERENCES embedding_models, codes bytea NOT NULL,
        PRIMARY KEY (tenant_id, chunk_id, model_version),
        FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks (tenant_id, id) ON DELETE CASCADE);
      -- Codes do not get any smaller by compression.
      ALTER TABLE chunk_tokens ALTER COLUMN codes SET STORAGE EXTERNAL;
      CALL sec.protect('chunk_tokens', 'tenant_id');
      GRANT INSERT, DELETE ON chunk_tokens TO app_runtime;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
