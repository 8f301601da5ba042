import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';
import type { Clock } from '@aegis/application/shared/clock';
import type { Log } from '@aegis/application/shared/log';
import { fetchJson, isSafeAddress } from './fetch-json';

type KeySet = ReturnType<typeof createLocalJWKSet>;

interface Held {
  readonly keys: KeySet;
  readonly address: string;
  readonly at: number;
}

/** Keys are asked for again after this time … */
const FRESH_MS = 10 * 60_000;
/** … and not believed any more after this one, whether the provider answers or not. */
const MAX_AGE_MS = 60 * 60_000;
/** Between two attempts to reach a provider that does not answer. */
const RETRY_MS = 10_000;
/** Between two searches for a key that the provider did not publish: anybody can make key ids up. */
const UNKNOWN_KEY_MS = 60_000;
/** Kinds of keys that verify what we take. A published secret or private key is a mistake, not a key. */
const PUBLIC_FIELDS: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] };

/** The keys of an identity provider, by discovery. Every way in which they cannot be had ends with no key at all. */
export class OidcKeys {
  private held: Held | null = null;
  private loading: Promise<void> | null = null;
  private triedAt = -Infinity;
  private searchedAt = -Infinity;

  constructor(
    private readonly issuer: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The key that a token's header names. Throws. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    await this.keepFresh();
    try {
      return await this.believed()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await this.searchAgain())) throw error;
      return this.believed()(header, token);
    }
  }

  private believed(): KeySet {
    if (this.held === null || this.now() - this.held.at > MAX_AGE_MS) throw new Error('the keys of the identity provider are not known');
    return this.held.keys;
  }

  private async keepFresh(): Promise<void> {
    if (this.loading !== null) return this.loading;
    const isFresh = this.held !== null && this.now() - this.held.at <= FRESH_MS;
    if (isFresh || this.now() - this.triedAt < RETRY_MS) return;
    await this.load(() => this.discovered());
  }

  /** After a rotation the first token with the new key comes before the keys are asked for again. */
  private async searchAgain(): Promise<boolean> {
    const { held } = this;
    if (held === null) return false;
    if (this.loading !== null)
      await this.loading; // somebody with the same new key was a moment earlier
    else {
      if (this.now() - this.searchedAt < UNKNOWN_KEY_MS) return false;
      this.searchedAt = this.now();
      await this.load(() => Promise.resolve(held.address));
    }
    return this.held !== held;
  }

  /** One at a time, for all who wait. A failure keeps what is held. */
  private async load(findAddress: () => Promise<string>): Promise<void> {
    this.triedAt = this.now();
    this.loading = this.fetched(findAddress)
      .catch((cause: unknown) => this.log.warn({ cause }, 'keys of the identity provider could not be fetched'))
      .finally(() => (this.loading = null));
    await this.loading;
  }

  private async fetched(findAddress: () => Promise<string>): Promise<void> {
    const address = await findAddress();
    const keys = createLocalJWKSet(publicKeysOf(await fetchJson(address)));
    this.held = { keys, address, at: this.now() };
  }

  private async discovered(): Promise<string> {
    const about = await fetchJson(`${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { issuer, jwks_uri: address } = about;
    if (issuer !== this.issuer) throw new Error('the discovery document names another issuer');
    if (typeof address !== 'string' || !isSafeAddress(address)) throw new Error('the discovery document names no safe place of keys');
    return address;
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}

function publicKeysOf({ keys }: Readonly<Record<string, unknown>>): JSONWebKeySet {
  if (!Array.isArray(keys)) throw new Error('the answer is no set of keys');
  return { keys: keys.flatMap((key: unknown) => publicKeyOf(key)) };
}

function publicKeyOf(key: unknown): readonly JWK[] {
  if (typeof key !== 'object' || key === null) return [];
  const { kty, kid, use, alg, d, ...fields } = key as Readonly<Record<string, unknown>>;
  const names = typeof kty === 'string' && Object.hasOwn(PUBLIC_FIELDS, kty) ? PUBLIC_FIELDS[kty] : undefined;
  if (names === undefined || d !== undefined || (use !== undefined && use !== 'sig')) return [];
  const material = Object.fromEntries(names.map((name) => [name, fields[name]]));
  return [{ ...material, kty, ...(typeof kid === 'string' && { kid }), ...(typeof alg === 'string' && { alg }) } as JWK];
}
