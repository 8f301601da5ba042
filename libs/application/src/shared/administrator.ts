import type { Actor } from '@aegis/domain/shared/domain-event';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** Who administers, known before anything else happens. What a role may do is decided by the route, never by a claim of a token. */
export type Administrator =
  | { readonly role: 'platform_admin'; readonly actor: Actor }
  | {
      readonly role: 'tenant_admin';
      readonly actor: Actor;
      readonly tenantId: TenantId;
      /** Requests a second that the tenant may make; null: the deployment's default. */
      readonly rateLimitRps: number | null;
    };

/** Who presented an administrator's credential; without a role: a person whom nobody appointed. */
export type Identified = Administrator | { readonly role: null; readonly actor: Actor };

/** One call of an administrator, as the audit trail knows it. */
export interface AdminCall {
  readonly administrator: Administrator;
  readonly requestId: string;
  readonly method: string;
  /** Template, never the path that was asked for. */
  readonly route: string;
  /** What it is answered when it succeeds. */
  readonly status: number;
  /** Said by whoever committed a change together with this call's audit entry; without it the call gets an entry of its own. */
  recorded(): void;
}
