import { DomainError } from '../shared/domain-error';

/** Only a key that works and has no successor yet can be rotated. */
export class ApiKeyNotRotatable extends DomainError {
  readonly code = 'conflict';
  readonly kind = 'conflict';
  constructor(status: string) {
    super(`a key that is ${status} cannot be rotated`);
  }
}
