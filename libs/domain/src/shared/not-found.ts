import { DomainError } from './domain-error';

/** Another tenant's id and one that never existed are the same answer. */
export class NotFound extends DomainError {
  readonly code = 'not_found';
  readonly kind = 'not_found';
  constructor(what: string) {
    super(`${what} not found`);
  }
}
