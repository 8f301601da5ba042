import { once } from 'node:events';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';

/** How the server answers instead of well. */
export type OidcFault = 'error_500' | 'hang' | 'redirect' | 'ten_megabytes' | 'not_json' | 'no_keys' | 'wrong_issuer' | 'unsafe_keys';

export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256' | 'EdDSA';
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const AUDIENCE = 'https://aegis.test';

/** Speaks what an identity provider publishes, over real HTTP on loopback, and signs whatever it is asked to. */
export class OidcProtocolServer {
  /** What is published now. */
  keys: SigningKey[];
  fault: OidcFault | null = null;
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  private readonly held = new Set<ServerResponse>();

  private constructor(private readonly server: Server) {
    this.keys = [newKey('RS256', 'rsa-1'), newKey('ES256', 'ec-1'), newKey('EdDSA', 'ed-1')];
  }

  static async start(): Promise<OidcProtocolServer> {
    const http = createServer();
    const server = new OidcProtocolServer(http);
    http.on('request', (request: IncomingMessage, response: ServerResponse) => server.answer(request.url ?? '', response));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return server;
  }

  get issuer(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}/realms/company`;
  }

  get key(): SigningKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the server has no key');
    return key;
  }

  keyFor(alg: SigningKey['alg']): SigningKey {
    return this.keys.find((key) => key.alg === alg) ?? this.key;
  }

  /** A good token for `subject`, but for what is said otherwise; a claim or header of undefined is left out. */
  token(subject: string, { claims = {}, header = {}, key = this.key, at = Date.now() }: TokenChanges = {}): Promise<string> {
    const now = Math.floor(at / 1_000);
    const payload = { iss: this.issuer, aud: AUDIENCE, sub: subject, iat: now, exp: now + 300, ...claims };
    const defined = (values: object) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    return new SignJWT(defined(payload))
      .setProtectedHeader(defined({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header }) as JWTHeaderParameters)
      .sign(key.privateKey);
  }

  async close(): Promise<void> {
    for (const response of this.held) response.destroy();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(path: string, response: ServerResponse): void {
    this.requests.push(path);
    if (path === '/elsewhere') return void response.end(JSON.stringify(this.published()));
    if (path !== '/realms/company/.well-known/openid-configuration' && path !== '/realms/company/keys')
      return void response.writeHead(404).end();
    const isDiscovery = path.endsWith('openid-configuration');
    switch (this.fault) {
      case 'hang':
        this.held.add(response);
        return;
      case 'error_500':
        return void response.writeHead(500).end('{}');
      case 'redirect':
        return void response.writeHead(302, { location: '/elsewhere' }).end();
      case 'ten_megabytes':
        // All that is said is right, and much is said besides.
        return void response.end(
          JSON.stringify({ ...(isDiscovery ? this.discovery() : this.published()), filler: 'x'.repeat(10_000_000) }),
        );
      case 'not_json':
        return void response.end('<html>');
      case 'no_keys':
      case 'wrong_issuer':
      case 'unsafe_keys':
      case null:
        return void response.end(JSON.stringify(isDiscovery ? this.discovery() : this.published()));
    }
  }

  private discovery(): object {
    return {
      issuer: this.fault === 'wrong_issuer' ? 'https://another.example.com' : this.issuer,
      jwks_uri: this.fault === 'unsafe_keys' ? 'http://keys.example.com/keys' : `${this.issuer}/keys`,
    };
  }

  private published(): object {
    const keys = this.keys.map(({ kid, alg, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }));
    return { keys: this.fault === 'no_keys' ? [] : keys };
  }
}

export interface TokenChanges {
  readonly claims?: JWTPayload | Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
  /** When it is issued, milliseconds since the epoch. */
  readonly at?: number;
}

export function newKey(alg: SigningKey['alg'], kid: string): SigningKey {
  return { kid, alg, ...pairFor(alg) };
}

function pairFor(alg: SigningKey['alg']): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  switch (alg) {
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
  }
}
