import { DomainError } from '../shared/domain-error';

/** The tenant's monthly budget cannot carry this request. */
export class QuotaExceeded extends DomainError {
  readonly code = 'quota_exceeded';
  readonly kind = 'payment_required';
  constructor() {
    super('the monthly quota is used up');
  }
}
