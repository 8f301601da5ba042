import { NotFound } from '@aegis/domain/shared/not-found';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import type { PlatformUnitOfWork } from './tenant-repository';

export class RevokeApiKey {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(call: AdminCall, tenantId: TenantId, keyId: ApiKeyId): Promise<void> {
    await this.platform.run(async (tx) => {
      if ((await tx.tenants.find(tenantId)) === null) throw new NotFound('tenant');
      const key = await tx.apiKeys.find(tenantId, keyId);
      if (key === null) throw new NotFound('API key');
      key.revoke(call.administrator.actor, this.clock.now());
      await tx.apiKeys.update(key);
    }, call);
  }
}
