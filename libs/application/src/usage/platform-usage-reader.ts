import type { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Page, PageRequest } from '../shared/page';

/** What one tenant spent. */
export interface TenantUsage {
  readonly tenantId: TenantId;
  /** Null for a tenant that was deleted: what it used is paid for all the same. */
  readonly name: string | null;
  readonly isActive: boolean;
  readonly monthlyQuota: MicroUsd;
  readonly totalCost: MicroUsd;
  /** Set aside for work that has not ended. */
  readonly reserved: MicroUsd;
  readonly queries: number;
  readonly refusedQueries: number;
}

/** Spending across tenants, for who is responsible for all of them, or for one. */
export abstract class PlatformUsageReader {
  /** Newest tenant first, deleted ones only where they used something; `from` inclusive, `until` exclusive; `only` one tenant, or all (null). */
  abstract list(from: Date, until: Date, only: TenantId | null, page: PageRequest): Promise<Page<TenantUsage>>;
}
