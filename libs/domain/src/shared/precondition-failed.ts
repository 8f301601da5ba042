import { DomainError } from './domain-error';

/** What is to be changed is not what the client has seen. */
export class PreconditionFailed extends DomainError {
  readonly code = 'precondition_failed';
  readonly kind = 'conflict';
  constructor() {
    super('it is not in the state that was asked for');
  }
}
