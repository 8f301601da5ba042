import { NotFound } from '@aegis/domain/shared/not-found';
import { assertOwnChange } from '@aegis/domain/tenants/own-change';
import type { TenantChange, TenantProps } from '@aegis/domain/tenants/tenant';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import { assertMet, type Precondition } from '../shared/precondition';
import type { OfferedModels } from './offered-models';
import type { PlatformUnitOfWork } from './tenant-repository';

/** Renames, suspends, resumes, or gives other settings or another quota; the present month's budget follows the quota. */
export class ChangeTenant {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly offered: OfferedModels,
    private readonly clock: Clock,
  ) {}

  execute(call: AdminCall, tenantId: TenantId, change: TenantChange, precondition: Precondition): Promise<TenantProps> {
    return this.platform.run(async (tx) => {
      const tenant = await tx.tenants.find(tenantId);
      if (tenant === null) throw new NotFound('tenant');
      assertMet(precondition, tenant.toSnapshot().revision);
      if (call.administrator.role === 'tenant_admin') assertOwnChange(tenant.toSnapshot().settings, change);
      this.offered.check(change.settings ?? {});
      if (!tenant.change(change, call.administrator.actor, this.clock.now())) return tenant.toSnapshot();
      await tx.tenants.update(tenant);
      const changed = tenant.toSnapshot();
      return { ...changed, revision: changed.revision + 1 };
    }, call);
  }
}
