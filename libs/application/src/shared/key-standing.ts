import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** `ended`: revoked, expired, or of a tenant that is gone. */
export type Standing = 'good' | 'suspended' | 'ended';

/** What has become of keys that were good when a long answer began. */
export abstract class KeyStanding {
  /** As the database knows it now, never from a cache. Throws only when the database cannot be asked; every given key is in the answer. */
  abstract of(tenantId: TenantId, keyIds: readonly ApiKeyId[]): Promise<ReadonlyMap<ApiKeyId, Standing>>;
}
