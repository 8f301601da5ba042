import type { Clock } from '../shared/clock';
import type { ObjectStore } from '../shared/object-store';
import type { Erasure, TenantErasure } from './tenant-erasure';

/** Removes what deleted tenants left, a little at a time, so that others are not held up. Whoever dies in between is taken over. */
export class EraseDeletedTenants {
  constructor(
    private readonly erasure: TenantErasure,
    private readonly objects: ObjectStore,
    private readonly clock: Clock,
  ) {}

  /** The erasures that were ended. */
  async execute(signal: AbortSignal): Promise<readonly Erasure[]> {
    const ended: Erasure[] = [];
    for (let next = await this.erasure.next(); next !== null && !signal.aborted; next = await this.erasure.next()) {
      if (await this.erase(next, signal)) ended.push(next);
    }
    return ended;
  }

  private async erase(erasure: Erasure, signal: AbortSignal): Promise<boolean> {
    await this.objects.deleteTenant(erasure.tenantId);
    while ((await this.erasure.eraseSome(erasure)) > 0) if (signal.aborted) return false;
    // Once more: an upload that was under way may have put its file there, and been refused or killed since.
    await this.objects.deleteTenant(erasure.tenantId);
    return this.erasure.finish(erasure, this.clock.now());
  }
}
