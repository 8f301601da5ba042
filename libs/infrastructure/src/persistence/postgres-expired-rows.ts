import { ExpiredRows } from '@aegis/application/shared/expired-rows';
import type { Connections } from './connections';

const TABLES = ['idempotency_keys', 'stream_tickets'];

/** As the dispatcher, to whom these tables show nothing but rows whose time is over. */
export class PostgresExpiredRows extends ExpiredRows {
  constructor(private readonly connections: Connections) {
    super();
  }

  async remove(): Promise<number> {
    let removed = 0;
    for (const table of TABLES) {
      removed += await this.connections.transaction('app_dispatch', async (manager) => {
        const [, count] = await manager.query<[unknown, number]>(`DELETE FROM ${table} WHERE expires_at < clock_timestamp()`);
        return count;
      });
    }
    return removed;
  }
}
