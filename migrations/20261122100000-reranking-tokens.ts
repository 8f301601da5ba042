import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a cross-encoder reads counts for the tokens of an hour: from the index alone, as the others do. */
export class RerankingTokens20261122100000 implements MigrationInterface {
  readonly name = 'RerankingTokens20261122100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX usage_records_tokens;
      CREATE INDEX usage_records_tokens ON usage_records (tenant_id, at) INCLUDE (tokens_in, tokens_out)
        WHERE kind IN ('query_embedding', 'reranking', 'generation');
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
