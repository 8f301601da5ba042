import type { Caller } from '../shared/caller';

/** Turns a presented key into a caller. */
export abstract class Authenticator {
  /** Throws Unauthenticated (one for every cause) or TenantSuspended. */
  abstract authenticate(presentedKey: string): Promise<Caller>;
}
