import { AsyncLocalStorage } from 'node:async_hooks';
import type { AegisEvent } from '@aegis/application/aegis-event';
import type { Reactions } from '@aegis/application/reactions';
import { allEnded } from '@aegis/application/shared/all-ended';
import { UnitOfWork, type Transaction } from '@aegis/application/unit-of-work';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantDatabase } from './tenant-database';
import type { ActiveModel } from './active-model';
import { PostgresTransaction } from './postgres-transaction';

/** A unit inside a unit would use a second connection: no tenant there on native, and on the embedded engine it waits for ever. */
export class NestedUnitOfWork extends Error {
  override readonly name = 'NestedUnitOfWork';
  constructor() {
    super('a unit of work was opened inside another');
  }
}

/** What a commit left behind. */
export interface Committed {
  readonly events: readonly AegisEvent[];
  /** A job was added or an event waits: no need to wait for the next sweep. */
  readonly dispatcherHasWork: boolean;
}

const SERIALIZATION_FAILURES = ['40001', '40P01'];
const ATTEMPTS = 3;

export class PostgresUnitOfWork extends UnitOfWork {
  /** Only to refuse nested units: tenant and transaction are arguments. */
  private readonly open = new AsyncLocalStorage<true>();

  constructor(
    private readonly database: TenantDatabase,
    private readonly reactions: Reactions,
    private readonly model: ActiveModel,
    /** Told after every commit; must not throw. */
    private readonly afterCommit: (committed: Committed) => void,
  ) {
    super();
  }

  async run<T>(tenantId: TenantId, work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (this.open.getStore() === true) throw new NestedUnitOfWork();
    for (let attempt = 1; ; attempt++) {
      try {
        const { result, committed } = await this.attempt(tenantId, work);
        this.afterCommit(committed);
        return result;
      } catch (error) {
        if (!isSerializationFailure(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private attempt<T>(tenantId: TenantId, work: (tx: Transaction) => Promise<T>): Promise<{ result: T; committed: Committed }> {
    return this.database.transaction(tenantId, (manager) =>
      this.open.run(true, async () => {
        const tx = new PostgresTransaction(manager, tenantId, this.model);
        // What work records before it waits for anything is reacted to in the same message.
        const [result] = await allEnded([work(tx), tx.react(this.reactions)]);
        await tx.react(this.reactions);
        return { result, committed: { events: tx.recorded, dispatcherHasWork: tx.dispatcherHasWork } };
      }),
    );
  }
}

const isSerializationFailure = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && SERIALIZATION_FAILURES.includes(String(error.code));
