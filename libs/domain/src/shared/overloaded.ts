import { DomainError } from './domain-error';

/** There is more work than can be done soon: the same request may succeed in a moment. */
export class Overloaded extends DomainError {
  readonly code = 'overloaded';
  readonly kind = 'unavailable';
  constructor() {
    super('too much work waits already');
  }
}
