import type { TenantProps } from '@aegis/domain/tenants/tenant';
import type { ApiKeyProps } from '@aegis/domain/tenants/api-key';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantSettings } from '@aegis/domain/tenants/tenant-settings';
import type { Page, PageRequest } from '../shared/page';

export abstract class TenantReader {
  abstract list(page: PageRequest): Promise<Page<TenantProps>>;
  abstract find(id: TenantId): Promise<TenantProps | null>;
  abstract apiKeys(tenantId: TenantId, page: PageRequest): Promise<Page<ApiKeyProps>>;
  /** Living tenants that said for how long the texts of their queries are kept. */
  abstract retentions(): Promise<readonly { readonly tenantId: TenantId; readonly days: number }[]>;
  abstract fate(id: TenantId): Promise<'living' | 'deleted' | 'unknown'>;
  /** What a tenant set for itself, read in its own context (cached for at most 5 s). */
  abstract settings(tenantId: TenantId): Promise<TenantSettings>;
}
