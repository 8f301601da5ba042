import { AdminTokenIssuer, type IssuedAdminToken } from '@aegis/application/administrators/admin-token-issuer';
import { NotFound } from '@aegis/domain/shared/not-found';

/** Where an identity provider issues tokens, we do not: there is one place to look for who got one. */
export class NoTokenIssuer extends AdminTokenIssuer {
  issue(): Promise<IssuedAdminToken> {
    return Promise.reject(new NotFound('issuer'));
  }
}
