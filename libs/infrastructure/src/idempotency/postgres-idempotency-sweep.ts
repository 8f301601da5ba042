import { IdempotencySweep } from '@aegis/application/shared/idempotency-repository';
import type { Connections } from '../persistence/connections';

/** As the dispatcher, to whom the table shows nothing but rows whose day is over. */
export class PostgresIdempotencySweep extends IdempotencySweep {
  constructor(private readonly connections: Connections) {
    super();
  }

  removeExpired(): Promise<number> {
    return this.connections.transaction('app_dispatch', async (manager) => {
      const [, count] = await manager.query<[unknown, number]>('DELETE FROM idempotency_keys WHERE expires_at < clock_timestamp()');
      return count;
    });
  }
}
