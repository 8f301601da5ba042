import { DomainError } from '../shared/domain-error';

/** Nothing can be searched now; an answer from a model's memory is never given instead. */
export class RetrievalUnavailable extends DomainError {
  readonly code = 'retrieval_unavailable';
  readonly kind = 'unavailable';
  constructor(options: { cause: unknown }) {
    super('documents cannot be searched at the moment', options);
  }
}
