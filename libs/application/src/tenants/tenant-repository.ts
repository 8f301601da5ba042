import type { ApiKey } from '@aegis/domain/tenants/api-key';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { Deletion, Tenant } from '@aegis/domain/tenants/tenant';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { IdempotencyRepository } from '../shared/idempotency-repository';

/** Tenants as the platform administrator sees them; reached through the platform's unit of work only. */
export interface TenantRepository {
  /** The tenant with its counters, ready to be used. */
  add(tenant: Tenant): Promise<void>;
  update(tenant: Tenant): Promise<void>;
  /** From the commit on no statement of the tenant is carried out; its rows wait for the eraser. Throws ConcurrentChange. */
  delete(tenant: Tenant, deletion: Deletion): Promise<void>;
  find(id: TenantId): Promise<Tenant | null>;
}

export interface ApiKeyRepository {
  add(key: ApiKey): Promise<void>;
  update(key: ApiKey): Promise<void>;
  /** Nobody else changes the key until the transaction ends: of two rotations at once, the second sees the first. */
  find(tenantId: TenantId, id: ApiKeyId): Promise<ApiKey | null>;
}

export interface PlatformTransaction {
  readonly tenants: TenantRepository;
  readonly apiKeys: ApiKeyRepository;
  /** Keys of administrators. */
  readonly idempotency: IdempotencyRepository;
}

/**
 * The administrator's way in: creates and equips tenants, reads across them, never their content. Where a `call` leads to a change, the
 * audit entry of the call is written in the same transaction, one for all that it changed, and the call is told.
 */
export abstract class PlatformUnitOfWork {
  abstract run<T>(work: (tx: PlatformTransaction) => Promise<T>, call?: AdminCall): Promise<T>;
}
