import { LRUCache } from 'lru-cache';
import type { Log } from '@aegis/application/shared/log';
import { groupBy } from '@aegis/domain/shared/group-by';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantDatabase } from '../persistence/tenant-database';

/** When keys were last used. Noting it costs a request nothing, and losing it harms nobody. */
export abstract class KeyUses {
  abstract note(tenantId: TenantId, keyId: ApiKeyId): void;
  /** Writes down what is noted. Never throws. */
  abstract close(): Promise<void>;
}

interface Use {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  /** Milliseconds of this process's monotonic clock. */
  readonly at: number;
}

const FLUSH_MS = 10_000;
/** A key is written at most so often by each process. */
const PAUSE_MS = 60_000;
/** Keys remembered between two writings; over it the one not used for longest is written once too often, or not at all. */
const MAX_KEYS = 50_000;

export interface KeyUsesTiming {
  readonly flushMs: number;
  readonly pauseMs: number;
}

/** Collects in memory and writes in batches, one transaction for each tenant. */
export class PostgresKeyUses extends KeyUses {
  private readonly noted = new LRUCache<ApiKeyId, Use>({ max: MAX_KEYS });
  private readonly writtenAt = new LRUCache<ApiKeyId, number>({ max: MAX_KEYS });
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Pick<TenantDatabase, 'transaction'>,
    private readonly log: Log,
    private readonly timing: KeyUsesTiming = { flushMs: FLUSH_MS, pauseMs: PAUSE_MS },
  ) {
    super();
  }

  note(tenantId: TenantId, keyId: ApiKeyId): void {
    this.noted.set(keyId, { tenantId, keyId, at: performance.now() });
    this.timer ??= setTimeout(() => void this.tick(), this.timing.flushMs).unref();
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    await this.write([...this.noted.values()]);
  }

  private async tick(): Promise<void> {
    const now = performance.now();
    await this.write([...this.noted.values()].filter(({ keyId }) => now - (this.writtenAt.get(keyId) ?? -Infinity) >= this.timing.pauseMs));
    this.timer = this.noted.size === 0 ? null : setTimeout(() => void this.tick(), this.timing.flushMs).unref();
  }

  private async write(uses: readonly Use[]): Promise<void> {
    for (const use of uses) this.noted.delete(use.keyId);
    for (const [tenantId, ofTenant] of groupBy(uses, (use) => use.tenantId)) {
      try {
        await this.writeOf(tenantId, ofTenant);
        for (const { keyId } of ofTenant) this.writtenAt.set(keyId, performance.now());
      } catch (cause) {
        this.log.warn({ tenantId, count: ofTenant.length, cause }, 'the last use of keys was not written down');
      }
    }
  }

  /** Ages, not times: the clock that counts is the database's. */
  private writeOf(tenantId: TenantId, uses: readonly Use[]): Promise<unknown> {
    const now = performance.now();
    return this.database.transaction(tenantId, (manager) =>
      manager.query(
        `UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, now() - make_interval(secs => u.age))
           FROM unnest($2::uuid[], $3::float8[]) AS u(id, age) WHERE k.tenant_id = $1 AND k.id = u.id`,
        [tenantId, uses.map(({ keyId }) => keyId), uses.map(({ at }) => Math.max(0, now - at) / 1_000)],
      ),
    );
  }
}
