import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import type { TenantReader } from '../tenants/tenant-reader';
import type { UnitOfWork } from '../unit-of-work';

const BATCH = 500;

/** Removes the texts of queries that are older than their tenant keeps them; what they cost and that they were asked stays in the books. */
export class ForgetOldQueries {
  constructor(
    private readonly tenants: Pick<TenantReader, 'retentions'>,
    private readonly uow: Pick<UnitOfWork, 'run'>,
  ) {}

  /** How many were removed. */
  async execute(signal: AbortSignal): Promise<number> {
    let forgotten = 0;
    for (const { tenantId, days } of await this.tenants.retentions()) {
      for (let removed = BATCH; removed === BATCH && !signal.aborted; forgotten += removed) {
        removed = (await this.uow.run(tenantId, (tx) => tx.queries.forget(days, BATCH)).catch(nothingOfTheDeleted)) ?? 0;
      }
    }
    return forgotten;
  }
}
