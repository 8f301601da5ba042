import type { Actor } from '@aegis/domain/shared/domain-event';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { Scope } from '@aegis/domain/shared/scope';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** Who asks, on behalf of which tenant: known from the API key before anything else happens. */
export interface Caller {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  readonly keyName: string;
  readonly scopes: readonly Scope[];
  /** Requests a second that this tenant may make; null: the deployment's default. */
  readonly rateLimitRps: number | null;
}

export const actorOf = (caller: Caller): Actor => ({ kind: 'api_key', id: caller.keyId });
