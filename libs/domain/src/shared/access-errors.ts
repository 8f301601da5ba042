import { DomainError } from './domain-error';

/** One answer for every cause: an attacker learns nothing. */
export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
  readonly kind = 'unauthenticated';
  constructor() {
    super('no valid credentials');
  }
}

export class TenantSuspended extends DomainError {
  readonly code = 'tenant_suspended';
  readonly kind = 'forbidden';
  constructor() {
    super('the tenant is suspended');
  }
}
