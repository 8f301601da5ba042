import type { TenantId } from '../tenants/tenant-id';
import { DomainError } from './domain-error';

/** One answer for every cause: an attacker learns nothing. */
export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
  readonly kind = 'unauthenticated';
  constructor() {
    super('no valid credentials');
  }
}

/** The tenant was deleted while somebody still worked for it: for whoever asks, its keys are unknown. */
export class TenantGone extends DomainError {
  readonly code = 'unauthenticated';
  readonly kind = 'unauthenticated';
  constructor() {
    super('the tenant was deleted');
  }
}

/** Whose credential was right, though its tenant is suspended: it may ask no faster than before. */
export interface SuspendedParty {
  readonly tenantId: TenantId;
  /** Names the credential among the tenant's others; never a secret. */
  readonly keyId: string;
  /** Requests a second that the tenant may make; null: the deployment's default. */
  readonly rateLimitRps: number | null;
}

export class TenantSuspended extends DomainError {
  readonly code = 'tenant_suspended';
  readonly kind = 'forbidden';
  /** `party` is null where it asked before, and hears now that its tenant was suspended meanwhile. */
  constructor(readonly party: SuspendedParty | null = null) {
    super('the tenant is suspended');
  }
}
