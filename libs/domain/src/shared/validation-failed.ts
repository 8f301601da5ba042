import { DomainError } from './domain-error';

export interface FieldProblem {
  /** JSON pointer into the body (`/filters/tags/0`), or `?name` for a query parameter. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** The input has a right form but a wrong value; every problem is named at once. */
export class ValidationFailed extends DomainError {
  readonly code = 'validation_failed';
  readonly kind = 'invalid';
  constructor(readonly problems: readonly FieldProblem[]) {
    super(problems.map((problem) => `${problem.pointer}: ${problem.message}`).join('; '));
  }
}
