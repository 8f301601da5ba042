import { createHash, createHmac, createPrivateKey, type KeyObject } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { Clock } from '@aegis/application/shared/clock';
import type { Identified } from '@aegis/application/shared/administrator';
import { Unauthenticated } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { BuiltInTokens } from '@aegis/infrastructure/administrators/built-in-tokens';
import { newKey } from '../support/oidc-protocol-server';

const TENANT = TenantId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11');

class MovedClock extends Clock {
  aheadMs = 0;
  now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }
}

const directory = {
  ofTenant: (tenantId: TenantId, actor: Identified['actor']): Promise<Identified> =>
    Promise.resolve({ role: 'tenant_admin', actor, tenantId, rateLimitRps: null }),
};
const seedOf = (secret: string) => createHash('sha256').update(secret).digest();
const issuerWith = (secret: string, clock = new MovedClock()) => new BuiltInTokens(seedOf(secret), directory, clock);

describe('tokens of the built-in issuer', () => {
  const one = issuerWith('secret');

  it('say who they are for', async () => {
    const { token } = await one.issue(null);
    expect(await one.identify(token)).toEqual({ role: 'platform_admin', actor: { kind: 'admin_token', id: decodeJwt(token).jti } });
    const ofTenant = await one.issue(TENANT);
    expect(await one.identify(ofTenant.token)).toMatchObject({ role: 'tenant_admin', tenantId: TENANT });
  });

  it('are taken by every process of the deployment, and by none of another', async () => {
    const { token } = await one.issue(null);
    await expect(issuerWith('secret').identify(token)).resolves.toMatchObject({ role: 'platform_admin' });
    await expect(issuerWith('another secret').identify(token)).rejects.toThrow(Unauthenticated);
  });

  it('end after a quarter of an hour', async () => {
    const clock = new MovedClock();
    const issuer = issuerWith('secret', clock);
    const { token, expiresInSeconds } = await issuer.issue(null);
    expect(expiresInSeconds).toBe(900);
    clock.aheadMs = 925_000;
    await expect(issuer.identify(token)).resolves.toBeDefined();
    clock.aheadMs = 931_000;
    await expect(issuer.identify(token)).rejects.toThrow(Unauthenticated);
  });

  it('are recognised by their key alone', async () => {
    await expect(one.identify(await madeUp({}, {}, ownKey()))).resolves.toMatchObject({ role: 'platform_admin' });
  });

  it.each<[string, (token: string) => Promise<string> | string]>([
    ['another key', () => madeUp({})],
    ['alg none', (token) => [encoded({ alg: 'none', typ: 'at+jwt', kid: 'built-in' }), token.split('.')[1], ''].join('.')],
    ['HS256 with the seed', (token) => hs256(token)],
    ['another role in the payload', (token) => withPayload(token, { role: 'platform_admin', tenant_id: undefined })],
    ['a longer life', (token) => withPayload(token, { exp: 9_999_999_999 })],
    ['no signature', (token) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['a place of keys, rightly signed', () => madeUp({}, { jku: 'https://attacker.example.com/keys' }, ownKey())],
    ['an extension', (token) => withHeader(token, { crit: ['exp'] })],
  ])('cannot be made up: %s', async (_, change) => {
    const { token } = await one.issue(TENANT);
    await expect(one.identify(await change(token))).rejects.toThrow(Unauthenticated);
  });
});

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** The issuer's own: what only a mistake of ours could sign. */
const ownKey = (): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seedOf('secret')]),
    format: 'der',
    type: 'pkcs8',
  });
const madeUp = (claims: object, header: object = {}, key: KeyObject = newKey('EdDSA', 'built-in').privateKey): Promise<string> => {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({
    iss: 'urn:aegis:built-in',
    aud: 'urn:aegis:administration',
    jti: 'x',
    role: 'platform_admin',
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'built-in', ...header })
    .sign(key);
};
function hs256(token: string): string {
  const input = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: 'built-in' })}.${token.split('.')[1] ?? ''}`;
  return `${input}.${createHmac('sha256', seedOf('secret')).update(input).digest('base64url')}`;
}
function withPayload(token: string, changes: object): string {
  const [header, , signature] = token.split('.');
  return [header, encoded({ ...decodeJwt(token), ...changes }), signature].join('.');
}
const withHeader = (token: string, changes: object): string =>
  [encoded({ alg: 'EdDSA', typ: 'at+jwt', kid: 'built-in', ...changes }), ...token.split('.').slice(1)].join('.');
