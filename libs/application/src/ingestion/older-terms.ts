import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** Published chunks whose postings were cut by rules that are no longer those of the queries. */
export abstract class OlderTerms {
  abstract tenants(): Promise<readonly TenantId[]>;
  /**
   * Makes the postings of some chunks anew, in one transaction that publications of the tenant wait for; answers how many chunks, 0 where
   * none is left. What was remembered of earlier searches does not count any more. Throws TenantGone.
   */
  abstract renewSome(tenantId: TenantId): Promise<number>;
}
