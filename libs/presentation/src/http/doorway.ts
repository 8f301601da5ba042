import { FairTurns } from '@aegis/application/shared/fair-turns';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/**
 * Requests of tenants come in one for each turn of the event loop, tenants in turn. A crowd of one tenant would otherwise be read, worked on
 * and refused in one go, and everybody's answer that is on its way between database, model and socket would wait for the whole crowd.
 */
export class Doorway {
  private readonly turns = new FairTurns({
    places: 1,
    perTenant: { request: 1 },
    sharedWithinMs: null,
    waiting: Infinity, // no more than there are connections
    patienceMs: null,
  });

  async pass(tenantId: TenantId): Promise<void> {
    setImmediate(await this.turns.take(tenantId, 'request', null));
  }
}
