import { DomainError } from '../shared/domain-error';

/** The vectors of that time are gone, so nothing can be searched with them again. */
export class ModelRetired extends DomainError {
  readonly code = 'model_retired';
  readonly kind = 'conflict';
  constructor() {
    super('the embedding model of that query is not in use any more');
  }
}
