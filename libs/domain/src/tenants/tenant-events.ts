import type { DomainEvent } from '../shared/domain-event';
import type { ApiKeyId } from './api-key-id';
import type { ApiKeyMode } from '../shared/api-key-text';
import type { Scope } from '../shared/scope';
import type { TenantId } from './tenant-id';

export type TenantEvent = TenantCreated | TenantChanged | TenantDeleted | TenantErased | ApiKeyIssued | ApiKeyRotated | ApiKeyRevoked;

export interface TenantCreated extends DomainEvent<'tenant.created'> {
  readonly tenantId: TenantId;
}
export interface TenantChanged extends DomainEvent<'tenant.changed'> {
  readonly tenantId: TenantId;
  readonly fields: readonly string[];
}
/** From now on nobody acts for the tenant; what it owned is being erased. */
export interface TenantDeleted extends DomainEvent<'tenant.deleted'> {
  readonly tenantId: TenantId;
  readonly deletionId: string;
  /** How long the books (usage, audit trail) are kept. */
  readonly retentionDays: number;
}
/** Nothing but the nameless row and the books is left. */
export interface TenantErased extends DomainEvent<'tenant.erased'> {
  readonly tenantId: TenantId;
  readonly deletionId: string;
}
export interface ApiKeyIssued extends DomainEvent<'api_key.issued'> {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  readonly scopes: readonly Scope[];
  readonly mode?: ApiKeyMode;
}
/** `keyId` got a successor, and works on for `overlapSeconds`. */
export interface ApiKeyRotated extends DomainEvent<'api_key.rotated'> {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  readonly successorId: ApiKeyId;
  readonly overlapSeconds: number;
}
export interface ApiKeyRevoked extends DomainEvent<'api_key.revoked'> {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
}
