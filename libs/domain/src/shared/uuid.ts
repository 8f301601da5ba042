import type { Brand } from './brand';
import { DomainError } from './domain-error';

/** Text that is no UUID where an id was expected. Whoever asks for such an id asks for something that does not exist. */
export class InvalidId extends DomainError {
  readonly code = 'not_found';
  readonly kind = 'not_found';
  constructor(name: string) {
    super(`not a ${name}`);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface UuidBrand<Name extends string> {
  /** Lower-cases and checks; throws InvalidId. */
  parse(text: string): Brand<string, Name>;
}

export function uuid<Name extends string>(name: Name): UuidBrand<Name> {
  return {
    parse(text) {
      const lower = text.toLowerCase();
      if (!UUID.test(lower)) throw new InvalidId(name);
      return lower as Brand<string, Name>;
    },
  };
}
