import { createHash, timingSafeEqual } from 'node:crypto';
import { AdministratorAuthenticator } from '@aegis/application/administrators/administrator-authenticator';
import type { Identified } from '@aegis/application/shared/administrator';
import type { AdministratorTokens } from './administrator-tokens';

/** The bootstrap key of the deployment (empty: there is none), or a token of the issuer that it trusts. */
export class AdministratorCredentials extends AdministratorAuthenticator {
  private readonly digest: Buffer;

  constructor(
    private readonly adminKey: string,
    private readonly tokens: AdministratorTokens,
  ) {
    super();
    this.digest = sha256(adminKey);
  }

  identify(presented: string): Promise<Identified | null> {
    if (this.adminKey !== '' && timingSafeEqual(this.digest, sha256(presented))) {
      return Promise.resolve({ role: 'platform_admin', actor: { kind: 'platform_admin' } });
    }
    return presented.includes('.') ? this.tokens.identify(presented) : Promise.resolve(null); // API keys have no dot
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
