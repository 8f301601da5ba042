import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Postings of long standing, many to a row: docs/decisions/0021. */
export class PostingSegments20261121221000 implements MigrationInterface {
  readonly name = 'PostingSegments20261121221000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A segment holds entries of one term, or, shared, all entries of each of several rare terms; then term is the least of them.
      -- live = false: of replaced versions, which the present need not read. Entries at the same place of the arrays belong together.
      CREATE TABLE posting_segments (
        tenant_id uuid NOT NULL, live boolean NOT NULL, shared boolean NOT NULL, term int8 NOT NULL, first_chunk int8 NOT NULL,
        last_chunk int8 NOT NULL, n int2 NOT NULL CHECK (n BETWEEN 1 AND 1000), terms int8[], chunk_ids int8[] NOT NULL, tfs int2[] NOT NULL,
        dls int2[] NOT NULL,
        PRIMARY KEY (tenant_id, live, shared, term, first_chunk),
        CHECK (shared = (terms IS NOT NULL)),
        CHECK (cardinality(chunk_ids) = n AND cardinality(tfs) = n AND cardinality(dls) = n AND (NOT shared OR cardinality(terms) = n)));
      CALL sec.protect('posting_segments', 'tenant_id');
      GRANT INSERT, DELETE ON posting_segments TO app_runtime;

      -- Chunks that were published since postings were last compacted: what is there already waits for its first time.
      ALTER TABLE tenant_stats ADD COLUMN recent_chunks int8 NOT NULL DEFAULT 0 CHECK (recent_chunks >= 0);
      CREATE POLICY migrate ON tenant_stats TO app_owner USING (true) WITH CHECK (true);
      UPDATE tenant_stats SET recent_chunks = n;
      DROP POLICY migrate ON tenant_stats;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
