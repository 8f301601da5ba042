import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Caller } from '@aegis/application/shared/caller';
import { Authenticator } from '@aegis/application/tenants/authenticator';
import type { KeyMint } from '@aegis/application/tenants/key-mint';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { ApiKeyText } from '@aegis/domain/tenants/api-key-text';
import type { Scope } from '@aegis/domain/shared/scope';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';

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
/** Compared with when a key is unknown, so that unknown and wrong keys take the same time. */
const NO_DIGEST = Buffer.alloc(32);

/** Shape and checksum without any look-up, then one narrow function of the database, before a tenant is known. */
export class ApiKeyAuthenticator extends Authenticator {
  private readonly known = new LRUCache<string, KeyRow>({ max: 50_000, ttl: TTL_MS });

  constructor(
    private readonly connections: Connections,
    private readonly mint: KeyMint,
  ) {
    super();
  }

  async authenticate(presentedKey: string): Promise<Caller> {
    const key = ApiKeyText.parse(presentedKey);
    if (key === null) throw new Unauthenticated();
    const digest = this.mint.digest(key);
    const row = await this.lookUp(key, Buffer.from(digest).toString('base64'));
    const matches = timingSafeEqual(row?.digest ?? NO_DIGEST, digest);
    if (row === undefined || !matches) throw new Unauthenticated();
    if (!row.tenant_is_active) throw new TenantSuspended();
    return {
      tenantId: row.tenant_id as TenantId,
      keyId: row.key_id as ApiKeyId,
      keyName: row.name,
      scopes: row.scopes as Scope[],
      rateLimitRps: row.rate_limit_rps,
    };
  }

  /** Remembered under the digest, so that a wrong secret never finds what the right one left there. */
  private async lookUp(key: ApiKeyText, digest: string): Promise<KeyRow | undefined> {
    const known = this.known.get(digest);
    if (known !== undefined) return known;
    const [row] = await this.connections.transaction(
      'app_runtime',
      (manager) => manager.query<KeyRow[]>('SELECT * FROM sec.lookup_key($1)', [ApiKeyText.lookupId(key)]),
      { readOnly: true },
    );
    if (row !== undefined) this.known.set(digest, row);
    return row;
  }
}
