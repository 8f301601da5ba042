import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** Which tenants have events in the outbox that nobody has reacted to. */
export abstract class OutboxDispatch {
  /** Oldest first, those behind the event `after` only; null for all. */
  abstract unsent(limit: number, after: string | null): Promise<readonly { readonly tenantId: TenantId; readonly id: string }[]>;
}
