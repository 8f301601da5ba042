import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { RetiredVectors } from './retired-vectors';

/** Removes the vectors of models that nobody is served by any more, tenant by tenant, in small steps. */
export class RemoveRetiredVectors {
  constructor(private readonly vectors: RetiredVectors) {}

  /** How many were removed. */
  async execute(signal: AbortSignal): Promise<number> {
    let removed = 0;
    for (const model of await this.vectors.models()) {
      for (const tenantId of await this.vectors.tenants()) {
        for (let some = 1; some > 0 && !signal.aborted; removed += some) {
          some = await this.vectors.removeSome(tenantId, model).catch(nothingOfTheGone);
        }
      }
    }
    return removed;
  }
}

function nothingOfTheGone(error: unknown): number {
  if (error instanceof TenantGone) return 0;
  throw error;
}
