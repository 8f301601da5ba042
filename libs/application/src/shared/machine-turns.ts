import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FairTurns } from './fair-turns';

/** A tenant that asks now and then still counts as there between two of its queries. */
const SHARED_WITHIN_MS = 1_000;

/**
 * What this machine does itself for a query: embedding, and the database. Few at once, because more are not faster: they would only wait
 * for each other inside the model and the database, where nobody knows whose turn it is. Here tenants take turns, one place is kept for
 * another tenant than the one that has the rest, and tenants that are there at the same time share the rest. Whoever comes here has a
 * permit and waits until it leaves.
 */
export class MachineTurns {
  private readonly turns: FairTurns<'turn'>;

  /** `embedsHere`: the embedding model runs on this machine. One that does not has its own line, and may hang: nobody here waits for it. */
  constructor(
    places: number,
    private readonly embedsHere: boolean,
  ) {
    const perTenant = { turn: Math.max(1, places - 1) };
    this.turns = new FairTurns({ places, perTenant, sharedWithinMs: SHARED_WITHIN_MS, waiting: Infinity, patienceMs: null });
  }

  run<T>(tenantId: TenantId, step: 'embed' | 'database', signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return step === 'embed' && !this.embedsHere ? work() : this.turns.run(tenantId, 'turn', signal, work);
  }
}
