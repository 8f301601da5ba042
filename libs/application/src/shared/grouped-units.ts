import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Transaction, UnitOfWork } from '../unit-of-work';
import { allEnded } from './all-ended';
import type { MachineTurns } from './machine-turns';

/** More in one transaction would only keep the first of them waiting. */
const MAX_TOGETHER = 32;

interface Unit {
  readonly work: (tx: Transaction) => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Small units of one tenant that come while one of its transactions is under way share the next one: one turn at the database, one
 * transaction and one commit for all of them. Nobody waits for company, and each resolves when its own rows are committed. A unit may run
 * twice: where one fails, nothing of the group is kept and each runs by itself, so that it fails alone.
 */
export class GroupedUnits {
  private readonly waiting = new Map<TenantId, Unit[]>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly turns: MachineTurns,
  ) {}

  run(tenantId: TenantId, work: (tx: Transaction) => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const unit = { work, resolve, reject };
      const line = this.waiting.get(tenantId);
      if (line !== undefined) line.push(unit);
      else void this.serve(tenantId, [unit]);
    });
  }

  private async serve(tenantId: TenantId, line: Unit[]): Promise<void> {
    this.waiting.set(tenantId, line);
    // Whoever leaves its request meanwhile is written down all the same.
    const { signal } = new AbortController();
    // The group is taken when the turn has come: what came meanwhile goes along.
    while (line.length > 0) await this.turns.run(tenantId, 'database', signal, () => this.settle(tenantId, line.splice(0, MAX_TOGETHER)));
    this.waiting.delete(tenantId);
  }

  private async settle(tenantId: TenantId, group: readonly Unit[]): Promise<void> {
    const failure = await this.commit(tenantId, group);
    if (failure !== null && group.length > 1) for (const unit of group) await this.settle(tenantId, [unit]);
    else
      for (const { resolve, reject } of group)
        if (failure === null) resolve();
        else reject(failure.cause);
  }

  private async commit(tenantId: TenantId, group: readonly Unit[]): Promise<{ readonly cause: unknown } | null> {
    try {
      await this.uow.run(tenantId, async (tx) => {
        await allEnded(group.map(({ work }) => work(tx)));
      });
      return null;
    } catch (cause) {
      return { cause };
    }
  }
}
