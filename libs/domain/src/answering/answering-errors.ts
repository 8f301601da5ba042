import { DomainError } from '../shared/domain-error';

/** The query is longer than the limit of characters; never shortened in silence. */
export class QueryTooLong extends DomainError {
  readonly code = 'query_too_long';
  readonly kind = 'too_large';
  constructor(readonly limit: number) {
    super(`the query is longer than ${limit} characters`);
  }
}

/** Nothing can be searched now; an answer from a model's memory is never given instead. */
export class RetrievalUnavailable extends DomainError {
  readonly code = 'retrieval_unavailable';
  readonly kind = 'unavailable';
  constructor(options: { cause: unknown }) {
    super('documents cannot be searched at the moment', options);
  }
}
