import { jwtVerify, type JWTPayload } from 'jose';
import type { Identified } from '@aegis/application/shared/administrator';
import type { Clock } from '@aegis/application/shared/clock';
import { Unauthenticated } from '@aegis/domain/shared/access-errors';
import type { AdministratorDirectory } from './administrator-directory';
import { ACCESS_TOKEN, hasPlainHeader, LEEWAY_SECONDS, type AdministratorTokens } from './administrator-tokens';
import type { OidcKeys } from './oidc-keys';

export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
}

/** Signatures with a key pair only: with a shared secret everybody who verifies could also sign. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
const MAX_SUBJECT = 255;

/** Access tokens of the configured identity provider. What a person may do stands in our own table: claims about roles mean nothing here. */
export class OidcTokens implements AdministratorTokens {
  constructor(
    private readonly settings: OidcSettings,
    private readonly keys: Pick<OidcKeys, 'find'>,
    private readonly directory: Pick<AdministratorDirectory, 'ofPerson'>,
    private readonly clock: Clock,
  ) {}

  async identify(token: string): Promise<Identified> {
    const { issuer } = this.settings;
    const subject = await this.subjectOf(token);
    return this.directory.ofPerson(issuer, subject, { kind: 'administrator', issuer, subject });
  }

  private async subjectOf(token: string): Promise<string> {
    if (!hasPlainHeader(token)) throw new Unauthenticated();
    const now = this.clock.now();
    try {
      const { payload } = await jwtVerify(token, (header, jws) => this.keys.find(header, jws), {
        algorithms: ALGORITHMS,
        issuer: this.settings.issuer,
        audience: this.settings.audience,
        typ: ACCESS_TOKEN,
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: now,
      });
      if (!isMeantForUs(payload) || isFromTheFuture(payload, now)) throw new Unauthenticated();
      return subjectIn(payload);
    } catch {
      throw new Unauthenticated(); // what was wrong with it helps nobody but who made it up
    }
  }
}

/** A token for several services can be used against one by any other of them. */
const isMeantForUs = ({ aud }: JWTPayload): boolean => typeof aud === 'string' || aud?.length === 1;

const isFromTheFuture = ({ iat = Infinity }: JWTPayload, now: Date): boolean => iat > now.getTime() / 1_000 + LEEWAY_SECONDS;

function subjectIn({ sub }: JWTPayload): string {
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT) throw new Unauthenticated();
  return sub;
}
