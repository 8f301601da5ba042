import type { KeptQuery } from '../answering/query-record';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { QueryId } from '@aegis/domain/answering/query-id';

export interface AuditedQuery {
  readonly record: KeptQuery;
  readonly keyName: string;
  /** Place in the tenant's hash chain; null until it is sealed. */
  readonly seal: { readonly seq: number; readonly hash: string } | null;
}

export abstract class QueryReader {
  abstract find(tenantId: TenantId, queryId: QueryId): Promise<AuditedQuery | null>;
}
