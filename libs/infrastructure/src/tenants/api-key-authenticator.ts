import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Caller } from '@aegis/application/shared/caller';
import type { Metrics } from '@aegis/application/shared/metrics';
import { Authenticator } from '@aegis/application/tenants/authenticator';
import type { KeyMint } from '@aegis/application/tenants/key-mint';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { ApiKeyText } from '@aegis/domain/shared/api-key-text';
import type { Scope } from '@aegis/domain/shared/scope';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { FewAtOnce } from './few-at-once';
import type { KeyUses } from './key-uses';

interface KeyRow {
  readonly tenant_id: string;
  readonly key_id: string;
  readonly name: string;
  readonly digest: Buffer;
  readonly scopes: string[];
  readonly tenant_is_active: boolean;
  readonly rate_limit_rps: number | null;
}

/** A revoked key and a suspended tenant are refused at the latest after this time, in every process. */
const TTL_MS = 4_000;
/** For so long a key that was right is looked up again, however many wrong ones come from its address. */
const FAMILIAR_MS = 3_600_000;
/** Of the few connections that all requests share, guesses never hold more than these. */
const STRANGERS_AT_ONCE = 2;
/** Compared with when a key is unknown, so that unknown and wrong keys take the same time. */
const NO_DIGEST = Buffer.alloc(32);

/**
 * Shape and checksum without any look-up, then one narrow function of the database, before a tenant is known. Everything is remembered
 * under the digest of the whole key, so that a wrong secret never finds what the right one left there.
 */
export class ApiKeyAuthenticator extends Authenticator {
  private readonly right: LRUCache<string, KeyRow>;
  /** Apart from the right ones: guesses can be as many as anybody likes, and must not push those out. */
  private readonly wrong: LRUCache<string, true>;
  private readonly familiar = new LRUCache<string, true>({ max: 50_000, ttl: FAMILIAR_MS, updateAgeOnGet: true });
  private readonly strangers = new FewAtOnce(STRANGERS_AT_ONCE);
  /** Of a key that many requests bring at once, one asks. */
  private readonly asking = new Map<string, Promise<KeyRow | undefined>>();

  constructor(
    private readonly connections: Pick<Connections, 'transaction'>,
    private readonly mint: KeyMint,
    private readonly uses: KeyUses,
    private readonly metrics: Metrics,
    ttlMs = TTL_MS,
  ) {
    super();
    this.right = new LRUCache({ max: 50_000, ttl: ttlMs });
    this.wrong = new LRUCache({ max: 10_000, ttl: ttlMs });
  }

  async authenticate(presentedKey: string, beforeLookUp: () => void = () => undefined): Promise<Caller> {
    const key = ApiKeyText.parse(presentedKey);
    if (key === null) throw new Unauthenticated();
    const row = await this.find(key, beforeLookUp);
    if (row === undefined) throw new Unauthenticated();
    const [tenantId, keyId, rateLimitRps] = [row.tenant_id as TenantId, row.key_id as ApiKeyId, row.rate_limit_rps];
    if (!row.tenant_is_active) throw new TenantSuspended({ tenantId, keyId, rateLimitRps });
    this.uses.note(tenantId, keyId);
    return { tenantId, keyId, keyName: row.name, scopes: row.scopes as Scope[], rateLimitRps };
  }

  private async find(key: ApiKeyText, beforeLookUp: () => void): Promise<KeyRow | undefined> {
    const digest = this.mint.digest(key);
    const name = Buffer.from(digest).toString('base64');
    const known = this.right.get(name);
    if (known !== undefined) return known;
    const isStranger = !this.familiar.has(name);
    if (isStranger) beforeLookUp();
    if (this.wrong.has(name)) return undefined;
    const lookUp = () => this.lookUp(ApiKeyText.lookupId(key));
    const inTurn = () =>
      this.strangers.run(async () => {
        beforeLookUp(); // once more: those before may have used up what the address had left
        return lookUp();
      });
    const asked = this.asking.get(name) ?? this.ask(name, digest, isStranger ? inTurn : lookUp);
    this.asking.set(name, asked);
    return asked;
  }

  private async ask(name: string, digest: Uint8Array, lookUp: () => Promise<KeyRow | undefined>): Promise<KeyRow | undefined> {
    try {
      const found = await lookUp();
      const matches = timingSafeEqual(found?.digest ?? NO_DIGEST, digest);
      const row = matches ? found : undefined;
      if (row === undefined) this.wrong.set(name, true);
      else {
        this.right.set(name, row);
        this.familiar.set(name, true);
      }
      return row;
    } finally {
      this.asking.delete(name);
    }
  }

  private async lookUp(lookupId: string): Promise<KeyRow | undefined> {
    this.metrics.count('aegis_key_lookups_total', {});
    const [row] = await this.connections.transaction(
      'app_runtime',
      (manager) => manager.query<KeyRow[]>('SELECT * FROM sec.lookup_key($1)', [lookupId]),
      { readOnly: true },
    );
    return row;
  }
}
