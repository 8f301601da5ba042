import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A ticket holds the text of a question: one that nobody came for goes within the hour, not with the tenant's next ticket. Not at once:
 * a tenant at rest keeps its rows for a while, so that whoever compares them sees only what requests did.
 */
export class ExpiredTickets20261121173000 implements MigrationInterface {
  readonly name = 'ExpiredTickets20261121173000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE POLICY sweep ON stream_tickets TO app_dispatch USING (expires_at < clock_timestamp() - interval '1 hour');
      GRANT SELECT (expires_at), DELETE ON stream_tickets TO app_dispatch;
      CREATE INDEX stream_tickets_end ON stream_tickets (expires_at);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
