import { DomainError } from '../shared/domain-error';

/** The query is longer than the limit of characters; never shortened in silence. */
export class QueryTooLong extends DomainError {
  readonly code = 'query_too_long';
  readonly kind = 'too_large';
  constructor(readonly limit: number) {
    super(`the query is longer than ${limit} characters`);
  }
}
