import { FairTurns } from '@aegis/application/shared/fair-turns';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** Beside others a tenant's requests come in so far apart, in milliseconds: a crowd that is refused takes a small part of the thread. */
const APART_MS = 2;
/** For so long another tenant counts as there. */
const BESIDE_MS = 1_000;

const ONE_AT_A_TIME = { perTenant: { request: 1 }, sharedWithinMs: null, waiting: Infinity, patienceMs: null }; // no more wait than there are connections

interface Visit {
  readonly tenantId: TenantId;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/**
 * Requests of tenants come in one for each turn of the event loop, tenants in turn. A crowd of one tenant would otherwise be read, worked on
 * and refused in one go, and everybody's answer that is on its way between database, model and socket would wait for the whole crowd.
 */
export class Doorway {
  /** Of each tenant by itself. */
  private readonly spacing = new FairTurns({ ...ONE_AT_A_TIME, places: Infinity });
  private readonly door = new FairTurns({ ...ONE_AT_A_TIME, places: 1 });
  private latest: Visit | null = null;
  /** The latest of another tenant than that one's. */
  private latestOfOthers: Visit | null = null;

  async pass(tenantId: TenantId): Promise<void> {
    const makeRoom = await this.spacing.take(tenantId, 'request', null);
    setImmediate(await this.door.take(tenantId, 'request', null));
    if (this.isBesideOthers(tenantId)) setTimeout(makeRoom, APART_MS);
    else setImmediate(makeRoom);
  }

  private isBesideOthers(tenantId: TenantId): boolean {
    const at = performance.now();
    if (this.latest !== null && this.latest.tenantId !== tenantId) this.latestOfOthers = this.latest;
    this.latest = { tenantId, at };
    return this.latestOfOthers !== null && at - this.latestOfOthers.at < BESIDE_MS;
  }
}
