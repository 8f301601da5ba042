import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import type { OlderTerms } from './older-terms';

/** After a release that cuts text into other terms: everything that is published gets them, tenant by tenant, in small steps. */
export class RenewTerms {
  constructor(private readonly terms: OlderTerms) {}

  /** How many chunks were renewed. */
  async execute(signal: AbortSignal): Promise<number> {
    let renewed = 0;
    for (const tenantId of await this.terms.tenants()) {
      for (let some = 1; some > 0 && !signal.aborted; renewed += some) {
        some = (await this.terms.renewSome(tenantId).catch(nothingOfTheDeleted)) ?? 0;
      }
    }
    return renewed;
  }
}
