import { createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { AdminTokenIssuer, type IssuedAdminToken } from '@aegis/application/administrators/admin-token-issuer';
import type { Identified } from '@aegis/application/shared/administrator';
import type { Clock } from '@aegis/application/shared/clock';
import { Unauthenticated } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdministratorDirectory } from './administrator-directory';
import { ACCESS_TOKEN, hasPlainHeader, LEEWAY_SECONDS, type AdministratorTokens } from './administrator-tokens';

const ALGORITHM = 'EdDSA';
const KEY_ID = 'built-in';
const ISSUER = 'urn:aegis:built-in';
const AUDIENCE = 'urn:aegis:administration';
export const TOKEN_SECONDS = 900;
/** What stands before the 32 bytes of an Ed25519 seed in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The deployment's own issuer. Its Ed25519 key comes from the deployment's secrets, so that every process makes and takes the same tokens
 * and nothing is stored.
 */
export class BuiltInTokens extends AdminTokenIssuer implements AdministratorTokens {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;

  constructor(
    seed: Buffer,
    private readonly directory: Pick<AdministratorDirectory, 'ofTenant'>,
    private readonly clock: Clock,
  ) {
    super();
    this.privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.privateKey);
  }

  async issue(tenantId: TenantId | null): Promise<IssuedAdminToken> {
    const now = Math.floor(this.clock.now().getTime() / 1_000);
    const claims = tenantId === null ? { role: 'platform_admin' } : { role: 'tenant_admin', tenant_id: tenantId };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: ACCESS_TOKEN, kid: KEY_ID })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject('bootstrap_key')
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + TOKEN_SECONDS)
      .sign(this.privateKey);
    return { token, expiresInSeconds: TOKEN_SECONDS };
  }

  async identify(token: string): Promise<Identified> {
    const { jti, role, tenant_id } = await this.claimsOf(token);
    if (jti === undefined) throw new Unauthenticated();
    const actor = { kind: 'admin_token', id: jti } as const;
    if (role === 'platform_admin') return { role, actor };
    if (role !== 'tenant_admin' || typeof tenant_id !== 'string') throw new Unauthenticated();
    return this.directory.ofTenant(TenantId.parse(tenant_id), actor);
  }

  private async claimsOf(token: string): Promise<JWTPayload & { readonly role?: unknown; readonly tenant_id?: unknown }> {
    if (!hasPlainHeader(token)) throw new Unauthenticated();
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.publicKey, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: ACCESS_TOKEN,
        requiredClaims: ['exp', 'iat', 'jti'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: this.clock.now(),
      });
      if (protectedHeader.kid !== KEY_ID) throw new Unauthenticated();
      return payload;
    } catch {
      throw new Unauthenticated(); // what was wrong with it helps nobody but who made it up
    }
  }
}
