import { DomainError } from '../shared/domain-error';

/** Only what failed for good is begun anew, as long as somebody still wants it and nobody is at it already. */
export class JobNotRetryable extends DomainError {
  readonly code = 'conflict';
  readonly kind = 'conflict';
  constructor(why: string) {
    super(`the job cannot be retried: ${why}`);
  }
}
