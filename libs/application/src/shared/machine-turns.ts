import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FairTurns } from './fair-turns';

/** A tenant that asks now and then still counts as there between two of its queries. */
const SHARED_WITHIN_MS = 1_000;
/** Who has more than so many times the searches of another under way is a crowd beside it. */
const CROWD = 2;
/** The longest that a turn of a crowd waits for searches of others, in milliseconds: two to three times what such a search takes. */
const ASIDE_MS = 100;

/**
 * What this machine does itself for a query: embedding, and the database. Few at once, because more are not faster: they would only wait
 * for each other inside the model and the database, where nobody knows whose turn it is. Here tenants take turns, one place is kept for
 * another tenant than the one that has the rest, and tenants that are there at the same time share the rest. Whoever comes here has a
 * permit and waits until it leaves.
 *
 * A search that has its turn at once is slow all the same while a crowd has its own beside it: they share processors, the event loop and,
 * embedded, the one connection. So a crowd steps aside: its next turn begins between the searches of the others, or after a while.
 */
export class MachineTurns {
  private readonly turns: FairTurns<'turn'>;
  /** Searches under way, of tenants that have any. */
  private readonly searches = new Map<TenantId, number>();
  /** Those that stepped aside: called when a search ends. */
  private aside = new Set<() => void>();

  /** `embedsHere`: the embedding model runs on this machine. One that does not has its own line, and may hang: nobody here waits for it. */
  constructor(
    places: number,
    private readonly embedsHere: boolean,
  ) {
    const perTenant = { turn: Math.max(1, places - 1) };
    this.turns = new FairTurns({ places, perTenant, sharedWithinMs: SHARED_WITHIN_MS, waiting: Infinity, patienceMs: null });
  }

  /** Around all turns of one search: as long as it is under way, crowds beside it step aside. */
  async during<T>(tenantId: TenantId, search: () => Promise<T>): Promise<T> {
    this.searches.set(tenantId, this.searchesOf(tenantId) + 1);
    try {
      return await search();
    } finally {
      const left = this.searchesOf(tenantId) - 1;
      if (left === 0) this.searches.delete(tenantId);
      else this.searches.set(tenantId, left);
      const aside = this.aside;
      this.aside = new Set();
      for (const lookAgain of aside) lookAgain();
    }
  }

  async run<T>(tenantId: TenantId, step: 'embed' | 'database', signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (step === 'embed' && !this.embedsHere) return work();
    await this.stepAside(tenantId);
    return this.turns.run(tenantId, 'turn', signal, work);
  }

  private async stepAside(tenantId: TenantId): Promise<void> {
    const until = performance.now() + ASIDE_MS;
    for (let leftMs = ASIDE_MS; leftMs > 0 && this.isCrowd(tenantId); leftMs = until - performance.now()) await this.nextEnd(leftMs);
  }

  private isCrowd(tenantId: TenantId): boolean {
    const own = this.searchesOf(tenantId);
    for (const [other, count] of this.searches) if (other !== tenantId && own > CROWD * count) return true;
    return false;
  }

  /** Resolves when any search ends, or after so many milliseconds. */
  private nextEnd(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const ended = (): void => {
        clearTimeout(timer);
        this.aside.delete(ended);
        resolve();
      };
      const timer = setTimeout(ended, withinMs);
      this.aside.add(ended);
    });
  }

  private searchesOf(tenantId: TenantId): number {
    return this.searches.get(tenantId) ?? 0;
  }
}
