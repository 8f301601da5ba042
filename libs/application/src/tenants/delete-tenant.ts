import { NotFound } from '@aegis/domain/shared/not-found';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import { assertMet, type Precondition } from '../shared/precondition';
import type { PlatformUnitOfWork } from './tenant-repository';

/** Ends a tenant at once, and lets the eraser remove what it owned. The answer names the deletion. */
export class DeleteTenant {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  execute(call: AdminCall, tenantId: TenantId, precondition: Precondition): Promise<string> {
    const deletionId = this.ids.next();
    return this.platform.run(async (tx) => {
      const tenant = await tx.tenants.find(tenantId);
      if (tenant === null) throw new NotFound('tenant');
      assertMet(precondition, tenant.toSnapshot().revision);
      await tx.tenants.delete(tenant, tenant.delete(deletionId, call.administrator.actor, this.clock.now()));
      return deletionId;
    }, call);
  }
}
