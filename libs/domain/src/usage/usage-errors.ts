import { DomainError } from '../shared/domain-error';

/** The tenant's monthly budget cannot carry this request. */
export class QuotaExceeded extends DomainError {
  readonly code = 'quota_exceeded';
  readonly kind = 'payment_required';
  constructor() {
    super('the monthly quota is used up');
  }
}

/** The tenant's queries used its tokens of the last hour. */
export class TokenRateLimited extends DomainError {
  readonly code = 'token_rate_limited';
  readonly kind = 'too_many_requests';
  constructor(readonly retryAfterSeconds: number) {
    super('the tokens of this hour are used up');
  }
}
