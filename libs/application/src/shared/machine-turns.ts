import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FairTurns } from './fair-turns';

/**
 * What this machine does itself for a query: embedding, and the database. Few at once, because more are not faster: they would only wait
 * for each other inside the model and the database, where nobody knows whose turn it is. Here tenants take turns, and one place is kept
 * for another tenant than the one that has the rest. Whoever comes here has a permit and waits until it leaves.
 */
export class MachineTurns {
  private readonly steps: Readonly<Record<'embed' | 'database', FairTurns<'turn'>>>;

  /** `places`: of each step. */
  constructor(places: number) {
    const perTenant = { turn: Math.max(1, places - 1) };
    const bounds = { places, perTenant, waiting: Infinity, patienceMs: null };
    this.steps = { embed: new FairTurns(bounds), database: new FairTurns(bounds) };
  }

  run<T>(tenantId: TenantId, step: 'embed' | 'database', signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.steps[step].run(tenantId, 'turn', signal, work);
  }
}
