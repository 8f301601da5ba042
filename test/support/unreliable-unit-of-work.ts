import { UnitOfWork, type Transaction } from '@aegis/application/unit-of-work';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** How a unit of work goes wrong: before anything happens, or after all of it was committed. */
export type UnitFault = 'refused' | 'answer lost';

/** A database that fails at the units that a test names, and really works at the others. */
export class UnreliableUnitOfWork extends UnitOfWork {
  /** Of the coming units, in order; null: it works. Afterwards all work. */
  readonly faults: (UnitFault | null)[] = [];
  /** While others wait for its transaction. */
  isOpen = false;

  constructor(private readonly reliable: UnitOfWork) {
    super();
  }

  async run<T>(tenantId: TenantId, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const fault = this.faults.shift() ?? null;
    if (fault === 'refused') throw new Error('unit refused');
    const result = await this.reliable.run(tenantId, async (tx) => {
      this.isOpen = true;
      return work(tx).finally(() => (this.isOpen = false));
    });
    if (fault === 'answer lost') throw new Error('answer lost');
    return result;
  }
}
