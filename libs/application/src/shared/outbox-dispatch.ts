import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** Which tenants have events in the outbox that nobody has reacted to. */
export abstract class OutboxDispatch {
  abstract unsent(limit: number): Promise<readonly { readonly tenantId: TenantId; readonly id: string }[]>;
}
