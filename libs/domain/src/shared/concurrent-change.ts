import { DomainError } from './domain-error';

/** Somebody else changed the same thing in between: read again, decide again. */
export class ConcurrentChange extends DomainError {
  readonly code = 'conflict';
  readonly kind = 'conflict';
  constructor(what: string) {
    super(`${what} was changed by somebody else`);
  }
}
