/** What sort of "no" a rule said; one table of the HTTP layer maps it to a status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'payment_required'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unsupported'
  | 'unprocessable'
  | 'too_many_requests'
  | 'unavailable'
  | 'storage_full';

/** A rule of the domain said no. `code` is stable: clients depend on it. */
export abstract class DomainError extends Error {
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;

  override get name(): string {
    return this.constructor.name;
  }
}
