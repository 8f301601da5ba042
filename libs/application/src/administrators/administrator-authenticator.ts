import type { Identified } from '../shared/administrator';

/** Recognises administrators: the bootstrap key, and tokens of the one issuer that the deployment trusts. */
export abstract class AdministratorAuthenticator {
  /** Null for what has not the form of an administrator's credential. Throws Unauthenticated (one for every cause) or TenantSuspended. */
  abstract identify(presented: string): Promise<Identified | null>;
}
