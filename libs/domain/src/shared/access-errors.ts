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

export class TenantSuspended extends DomainError {
  readonly code = 'tenant_suspended';
  readonly kind = 'forbidden';
  constructor() {
    super('the tenant is suspended');
  }
}
