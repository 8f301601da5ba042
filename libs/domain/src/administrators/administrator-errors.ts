import { DomainError } from '../shared/domain-error';

/** A person has one role at a time: what they may do is then in one place. */
export class AlreadyAppointed extends DomainError {
  readonly code = 'conflict';
  readonly kind = 'conflict';
  constructor() {
    super('this person is an administrator already');
  }
}
