import { DomainError } from './domain-error';

/** The first request with this key has no answer yet: wait, then send the same again. */
export class IdempotencyInProgress extends DomainError {
  readonly code = 'idempotency_in_progress';
  readonly kind = 'conflict';
  constructor() {
    super('a request with this idempotency key is still running');
  }
}

/** The key stands for a request that said something else. */
export class IdempotencyKeyReused extends DomainError {
  readonly code = 'idempotency_key_reused';
  readonly kind = 'unprocessable';
  constructor() {
    super('this idempotency key was used for another request');
  }
}
