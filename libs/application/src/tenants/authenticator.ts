import type { Caller } from '../shared/caller';

/** Turns a presented key into a caller. */
export abstract class Authenticator {
  /**
   * Throws Unauthenticated (one for every cause) or TenantSuspended. `beforeLookUp` is called before the database is asked about a key that
   * was not right here of late, and may throw instead: whoever guesses must not keep the database busy.
   */
  abstract authenticate(presentedKey: string, beforeLookUp?: () => void): Promise<Caller>;
}
