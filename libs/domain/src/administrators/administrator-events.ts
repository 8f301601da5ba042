import type { DomainEvent } from '../shared/domain-event';
import type { TenantId } from '../tenants/tenant-id';
import type { AdministratorId } from './administrator-id';

export type AdministratorEvent = AdministratorAppointed | AdministratorRevoked;

export interface AdministratorAppointed extends DomainEvent<'administrator.appointed'> {
  readonly administratorId: AdministratorId;
  /** Whose administrator; null: the platform's. */
  readonly tenantId: TenantId | null;
  /** Names that the identity provider gave: ids, not content. */
  readonly issuer: string;
  readonly subject: string;
}
export interface AdministratorRevoked extends DomainEvent<'administrator.revoked'> {
  readonly administratorId: AdministratorId;
  readonly tenantId: TenantId | null;
}
