import { NotFound } from '@aegis/domain/shared/not-found';
import type { TenantChange, TenantProps } from '@aegis/domain/tenants/tenant';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import type { PlatformUnitOfWork } from './tenant-repository';

/** Renames, suspends, resumes, or gives other settings or another quota; the present month's budget follows the quota. */
export class ChangeTenant {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly clock: Clock,
  ) {}

  execute(call: AdminCall, tenantId: TenantId, change: TenantChange): Promise<TenantProps> {
    return this.platform.run(async (tx) => {
      const tenant = await tx.tenants.find(tenantId);
      if (tenant === null) throw new NotFound('tenant');
      tenant.change(change, call.administrator.actor, this.clock.now());
      await tx.tenants.update(tenant);
      return tenant.toSnapshot();
    }, call);
  }
}
