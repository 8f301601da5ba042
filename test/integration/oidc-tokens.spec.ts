import { createHmac, createSign, sign, type KeyObject } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Clock } from '@aegis/application/shared/clock';
import type { Identified } from '@aegis/application/shared/administrator';
import { Unauthenticated } from '@aegis/domain/shared/access-errors';
import { OidcKeys } from '@aegis/infrastructure/administrators/oidc-keys';
import { OidcTokens } from '@aegis/infrastructure/administrators/oidc-tokens';
import { CollectedLog } from '../support/collected-log';
import { AUDIENCE, newKey, OidcProtocolServer, type OidcFault, type SigningKey, type TokenChanges } from '../support/oidc-protocol-server';

const SUBJECT = '김-정수';
const MINUTE = 60_000;

class MovedClock extends Clock {
  aheadMs = 0;
  now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }
}

interface Setting {
  readonly tokens: OidcTokens;
  readonly clock: MovedClock;
  readonly log: CollectedLog;
}

/** Everybody is appointed: what is left to decide is whose token it is. */
const directory = {
  ofPerson: (_issuer: string, _subject: string, actor: Identified['actor']): Promise<Identified> =>
    Promise.resolve({ role: 'platform_admin', actor }),
};

function verifierOf({ issuer }: OidcProtocolServer): Setting {
  const [clock, log] = [new MovedClock(), new CollectedLog()];
  return { tokens: new OidcTokens({ issuer, audience: AUDIENCE }, new OidcKeys(issuer, clock, log), directory, clock), clock, log };
}

const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const signedBy = (header: unknown, payload: unknown, signature: (input: string) => Buffer | string): string => {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${Buffer.from(signature(input)).toString('base64url')}`;
};
const hmac = (secret: string) => (input: string) => createHmac('sha256', secret).update(input).digest();
const rsa = (key: KeyObject) => (input: string) => createSign('sha256').update(input).sign(key);
const pem = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'spki' }));

describe('JWT-1: tokens of an identity provider', () => {
  let provider: OidcProtocolServer;
  let setting: Setting;
  const foreign = newKey('RS256', 'rsa-1');

  beforeAll(async () => {
    provider = await OidcProtocolServer.start();
    setting = verifierOf(provider);
  });
  afterAll(() => provider.close());

  const now = () => Math.floor(Date.now() / 1_000);
  const claims = (more: object = {}) => ({ iss: provider.issuer, aud: AUDIENCE, sub: SUBJECT, iat: now(), exp: now() + 300, ...more });
  const header = (more: object = {}) => ({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa-1', ...more });
  const goodSignature = (input: string) => rsa(provider.key.privateKey)(input);
  const changed = (changes: TokenChanges) => provider.token(SUBJECT, changes);

  it.each<[string, () => Promise<string>]>([
    ['RS256', () => changed({})],
    ['ES256', () => changed({ key: provider.keyFor('ES256') })],
    ['EdDSA', () => changed({ key: provider.keyFor('EdDSA') })],
    ['its media type in full', () => changed({ header: { typ: 'application/at+jwt' } })],
    ['a clock that is 25 s behind', () => changed({ claims: { exp: now() - 25 } })],
    ['a clock that is 25 s ahead', () => changed({ claims: { nbf: now() + 25, iat: now() + 25 } })],
    ['a thumbprint of its certificate', () => changed({ header: { x5t: 'abc' } })],
    ['an audience in a list by itself', () => changed({ claims: { aud: [AUDIENCE] } })],
    ['roles of its own', () => changed({ claims: { roles: ['tenant_admin'], scope: 'openid' } })],
  ])('takes a good one: %s', async (_, token) => {
    await expect(setting.tokens.identify(await token())).resolves.toEqual({
      role: 'platform_admin',
      actor: { kind: 'administrator', issuer: provider.issuer, subject: SUBJECT },
    });
  });

  it.each<[string, () => Promise<string> | string]>([
    // algorithms
    ['no signature, alg none', () => signedBy(header({ alg: 'none' }), claims(), () => '')],
    ['alg None', () => signedBy(header({ alg: 'None' }), claims(), () => '')],
    ['no signature at all', () => signedBy(header(), claims(), () => '')],
    ['HS256 with the public key as PEM', () => signedBy(header({ alg: 'HS256' }), claims(), hmac(pem(provider.key.publicKey)))],
    [
      'HS256 with the public key as JWK',
      () => signedBy(header({ alg: 'HS256' }), claims(), hmac(JSON.stringify(provider.key.publicKey.export({ format: 'jwk' })))),
    ],
    ['HS256 with nothing', () => signedBy(header({ alg: 'HS256' }), claims(), hmac(''))],
    [
      'RS256 said, EC key meant',
      () => signedBy(header({ kid: 'ec-1' }), claims(), (input) => sign('sha256', Buffer.from(input), provider.keyFor('ES256').privateKey)),
    ],
    ['ES256 said, RSA key meant', () => signedBy(header({ alg: 'ES256' }), claims(), goodSignature)],
    ['PS256', () => signedBy(header({ alg: 'PS256' }), claims(), goodSignature)],
    [
      'RS512',
      () => signedBy(header({ alg: 'RS512' }), claims(), (input) => createSign('sha512').update(input).sign(provider.key.privateKey)),
    ],
    ['an ES256 signature of zeros', () => signedBy(header({ alg: 'ES256', kid: 'ec-1' }), claims(), () => Buffer.alloc(64))],
    // keys
    ['another key under a known id', () => changed({ key: foreign })],
    ['an embedded key', () => changed({ key: foreign, header: { jwk: foreign.publicKey.export({ format: 'jwk' }) } })],
    ['an embedded key beside a good signature', () => changed({ header: { jwk: provider.key.publicKey.export({ format: 'jwk' }) } })],
    ['a place of keys', () => changed({ key: foreign, header: { jku: `${provider.issuer}/keys` } })],
    ['a certificate elsewhere', () => changed({ key: foreign, header: { x5u: 'https://attacker.example.com/x.pem' } })],
    ['a certificate chain', () => changed({ key: foreign, header: { x5c: ['MIIB'] } })],
    ['a key id that is a path', () => changed({ header: { kid: '../../../../dev/null' } })],
    ['a key id that is SQL', () => changed({ header: { kid: "x' UNION SELECT 'key" } })],
    ['a key id that nobody knows', () => changed({ header: { kid: 'unknown' } })],
    ['a key id that is a prototype', () => changed({ header: { kid: '__proto__' } })],
    ['a key id that is no text', () => signedBy(header({ kid: ['rsa-1'] }), claims(), goodSignature)],
    // headers
    ['an ID token (typ JWT)', () => changed({ header: { typ: 'JWT' } })],
    ['no type', () => changed({ header: { typ: undefined } })],
    ['crit with something unknown', () => signedBy(header({ crit: ['urn:x'], 'urn:x': true }), claims(), goodSignature)],
    ['crit with b64', () => signedBy(header({ crit: ['b64'], b64: true }), claims(), goodSignature)],
    ['a payload that is not encoded', () => signedBy(header({ crit: ['b64'], b64: false }), claims(), goodSignature)],
    ['alg twice', () => signedBy('{"alg":"RS256","alg":"none","typ":"at+jwt","kid":"rsa-1"}', claims(), () => '')],
    ['a header that is no object', () => signedBy('[]', claims(), goodSignature)],
    // claims
    ['another issuer', () => changed({ claims: { iss: 'https://another.example.com' } })],
    ['an issuer with a slash more', () => changed({ claims: { iss: `${provider.issuer}/` } })],
    ['no issuer', () => changed({ claims: { iss: undefined } })],
    ['another audience', () => changed({ claims: { aud: 'https://another.test' } })],
    ['an audience among others', () => changed({ claims: { aud: [AUDIENCE, 'https://another.test'] } })],
    ['no audience', () => changed({ claims: { aud: undefined } })],
    ['no end', () => changed({ claims: { exp: undefined } })],
    ['an end that is a text', () => signedBy(header(), claims({ exp: String(now() + 300) }), goodSignature)],
    ['an end that has passed', () => changed({ claims: { exp: now() - 31 } })],
    ['a beginning in the future', () => changed({ claims: { nbf: now() + 40 } })],
    ['issued in the future', () => changed({ claims: { iat: now() + 40 } })],
    ['no time of issue', () => changed({ claims: { iat: undefined } })],
    ['no subject', () => changed({ claims: { sub: undefined } })],
    ['an empty subject', () => changed({ claims: { sub: '' } })],
    ['a subject that is a list', () => signedBy(header(), claims({ sub: [SUBJECT] }), goodSignature)],
    ['a subject without end', () => changed({ claims: { sub: 'x'.repeat(256) } })],
    // form
    ['a payload that was changed', async () => withPart(await changed({}), 1, encoded(claims({ sub: 'root' })))],
    ['a signature that was changed', async () => withPart(await changed({}), 2, Buffer.from(goodSignature('x')).toString('base64url'))],
    [
      'a signature of another token',
      async () => withPart(await changed({}), 2, (await changed({ claims: { sub: 'x' } })).split('.')[2] ?? ''),
    ],
    ['a part less', async () => (await changed({})).split('.').slice(0, 2).join('.')],
    ['a part more', async () => `${await changed({})}.x`],
    ['five parts, as encrypted tokens have', async () => `${await changed({})}.x.y`],
    ['the same twice', async () => `${await changed({})},${await changed({})}`],
    ['two dots', () => '..'],
    ['200 kB', () => changed({ claims: { filler: 'x'.repeat(200_000), aud: 'https://another.test' } })],
    ['no JSON', () => `${encoded('{')}.${encoded('{')}.x`],
  ])('refuses: %s', async (_, token) => {
    await expect(setting.tokens.identify(await token())).rejects.toThrow(Unauthenticated);
  });

  it('refuses a good token of another provider, whose keys have the same ids', async () => {
    const other = await OidcProtocolServer.start();
    const token = await other.token(SUBJECT, { claims: { iss: provider.issuer } });
    await other.close();
    await expect(setting.tokens.identify(token)).rejects.toThrow(Unauthenticated);
  });

  it('never calls where a token says', () => {
    expect(new Set(provider.requests)).toEqual(new Set(['/realms/company/.well-known/openid-configuration', '/realms/company/keys']));
  });
});

describe('keys of an identity provider', () => {
  let provider: OidcProtocolServer;
  let setting: Setting;

  beforeEach(async () => {
    provider = await OidcProtocolServer.start();
    setting = verifierOf(provider);
  });
  afterEach(() => provider.close());

  /** A token that is good at the moved time. */
  const accepted = async (key: SigningKey = provider.key): Promise<boolean> => {
    const token = await provider.token(SUBJECT, { key, at: setting.clock.now().getTime() });
    return setting.tokens.identify(token).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Unauthenticated) return false;
        throw error;
      },
    );
  };
  const fetchesOfKeys = () => provider.requests.filter((path) => path.endsWith('/keys')).length;

  it('rotate without a restart', async () => {
    expect(await accepted()).toBe(true);
    const rotated = newKey('ES256', 'ec-2');
    provider.keys = [rotated];
    expect(await accepted(rotated)).toBe(true);
    expect(fetchesOfKeys()).toBe(2);
  });

  it('rotate for all who come at that moment, with one search', async () => {
    expect(await accepted()).toBe(true);
    const rotated = newKey('EdDSA', 'ed-2');
    provider.keys = [rotated];
    const token = await provider.token(SUBJECT, { key: rotated });
    const asked = await Promise.allSettled([token, token, token].map((each) => setting.tokens.identify(each)));
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(fetchesOfKeys()).toBe(2);
  });

  it('are not asked for again for every id that somebody makes up', async () => {
    expect(await accepted()).toBe(true);
    for (let count = 0; count < 20; count++) expect(await accepted(newKey('EdDSA', `made-up-${count}`))).toBe(false);
    expect(fetchesOfKeys()).toBe(2);
    expect(await accepted()).toBe(true);
    const rotated = newKey('EdDSA', 'ed-2');
    provider.keys = [...provider.keys, rotated];
    expect(await accepted(rotated)).toBe(false); // somebody's inventions cost us a minute, no more
    setting.clock.aheadMs = 61_000;
    expect(await accepted(rotated)).toBe(true);
  });

  it('that were withdrawn are not believed for longer than an hour', async () => {
    const withdrawn = provider.key;
    expect(await accepted(withdrawn)).toBe(true);
    provider.keys = [newKey('RS256', 'rsa-2')];
    setting.clock.aheadMs = 11 * MINUTE;
    expect(await accepted(withdrawn)).toBe(false);
    expect(await accepted()).toBe(true);
  });

  it('outlive an outage of their provider by an hour, and no more', async () => {
    expect(await accepted()).toBe(true);
    provider.fault = 'error_500';
    setting.clock.aheadMs = 59 * MINUTE;
    expect(await accepted()).toBe(true);
    setting.clock.aheadMs = 61 * MINUTE;
    expect(await accepted()).toBe(false);
    expect(setting.log.lines.map(({ level, message }) => [level, message])).toContainEqual([
      'warn',
      'keys of the identity provider could not be fetched',
    ]);
    provider.fault = null;
    setting.clock.aheadMs = 62 * MINUTE;
    expect(await accepted()).toBe(true);
  });

  it.each<OidcFault>(['error_500', 'redirect', 'ten_megabytes', 'not_json', 'no_keys', 'wrong_issuer', 'unsafe_keys'])(
    'cannot be had from a provider in trouble: %s',
    async (fault) => {
      provider.fault = fault;
      expect(await accepted()).toBe(false);
      expect(provider.requests).not.toContain('/elsewhere');
      provider.fault = null;
      setting.clock.aheadMs = 11 * MINUTE;
      expect(await accepted()).toBe(true);
    },
  );

  it('are waited for five seconds, once for all', async () => {
    provider.fault = 'hang';
    const begun = performance.now();
    expect(await Promise.all([accepted(), accepted(), accepted()])).toEqual([false, false, false]);
    const elapsed = performance.now() - begun;
    expect(elapsed).toBeGreaterThan(4_900);
    expect(elapsed).toBeLessThan(9_500); // one after the other they would wait for fifteen
    expect(provider.requests).toHaveLength(1);
    const again = performance.now();
    expect(await accepted()).toBe(false);
    expect(performance.now() - again).toBeLessThan(4_000); // who waits again waits for five
  });

  it('are fetched once, however many ask first', async () => {
    expect(await Promise.all(Array.from({ length: 10 }, () => accepted()))).toEqual(Array.from({ length: 10 }, () => true));
    expect(provider.requests).toHaveLength(2);
  });
});

function withPart(token: string, at: number, part: string): string {
  return token
    .split('.')
    .map((old, index) => (index === at ? part : old))
    .join('.');
}
