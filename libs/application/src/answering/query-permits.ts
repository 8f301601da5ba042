import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FairTurns } from '../shared/fair-turns';
import type { Metrics } from '../shared/metrics';

type QueryKind = 'query' | 'stream';

/** One process answers so many at once, a slow model included; what is searched on this machine has turns of its own. */
const PER_TENANT: Readonly<Record<QueryKind, number>> = { query: 8, stream: 16 };
const WAITING = 200;
const PATIENCE_MS = 2_000;

/** How many queries and searches are answered at once, fair over tenants. Every way to end gives the permit back. */
export class QueryPermits {
  private readonly turns: FairTurns<QueryKind>;

  /** `places`: of all tenants together. */
  constructor(places: number, metrics: Metrics) {
    this.turns = new FairTurns(
      { places, perTenant: PER_TENANT, sharedWithinMs: null, waiting: WAITING, patienceMs: PATIENCE_MS },
      (running, waiting) => {
        metrics.gauge('aegis_queries_running', {}, running);
        metrics.gauge('aegis_queries_waiting', {}, waiting);
      },
    );
  }

  /** Throws Overloaded. */
  during<T>(tenantId: TenantId, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.turns.run(tenantId, 'query', signal, work);
  }

  /** Throws Overloaded at the first step. */
  async *streaming<T>(tenantId: TenantId, signal: AbortSignal, work: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const end = await this.turns.take(tenantId, 'stream', signal);
    try {
      yield* work();
    } finally {
      end();
    }
  }
}
