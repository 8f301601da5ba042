import { decodeProtectedHeader } from 'jose';
import type { Identified } from '@aegis/application/shared/administrator';

/** The one issuer whose tokens a deployment takes: its own, or an identity provider, never both. */
export interface AdministratorTokens {
  /** Throws Unauthenticated (one for every cause) or TenantSuspended. */
  identify(token: string): Promise<Identified>;
}

/** RFC 9068: a token for an API says that it is one. An ID token says `JWT`, or nothing. */
export const ACCESS_TOKEN = 'at+jwt';
/** How far clocks may be apart. */
export const LEEWAY_SECONDS = 30;

/** Ways to bring a key of one's own, and extensions: no issuer that we trust needs them, so that a token with one is nobody's. */
const FOREIGN_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'enc', 'zip'];

/** Three parts and a header that says nothing but algorithm, type and key. */
export function hasPlainHeader(token: string): boolean {
  if (token.split('.').length !== 3) return false;
  try {
    const header = decodeProtectedHeader(token);
    return !Object.keys(header).some((name) => FOREIGN_HEADERS.includes(name));
  } catch {
    return false;
  }
}
