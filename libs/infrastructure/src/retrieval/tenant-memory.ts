import { LRUCache } from 'lru-cache';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

interface Kept<Value> {
  readonly tenantId: TenantId;
  readonly value: Value;
}

export interface TenantMemoryOptions<Value> {
  /** Of all values together; those not used for longest go. 0: nothing is kept. */
  readonly maxBytes: number;
  readonly bytesOf: (value: Value) => number;
}

/** What nobody can change is forgotten all the same: nothing of a tenant that left stays for longer. */
const KEPT_MS = 3_600_000;
/** Of an entry besides its value. */
const OVERHEAD_BYTES = 500;

/**
 * What searches have read of chunks and what never changes once it is written, so that nothing has to be told to anybody. Each value belongs
 * to one tenant, and is asked for by the key of a chunk that a search of this tenant has just found.
 */
export class TenantMemory<Value extends object> {
  private readonly kept: LRUCache<string, Kept<Value>>;

  constructor({ maxBytes, bytesOf }: TenantMemoryOptions<Value>) {
    this.kept = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ value }) => bytesOf(value) + OVERHEAD_BYTES,
      ttl: KEPT_MS,
    });
  }

  /**
   * Of the keys that have a value. `read` is asked for those that are not here, if there are such. `variant`: which value, where a key has
   * several.
   */
  async of<Key extends string | number>(
    tenantId: TenantId,
    keys: readonly Key[],
    read: (missing: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
    variant = 0,
  ): Promise<ReadonlyMap<Key, Value>> {
    const nameOf = (key: Key): string => `${tenantId} ${variant} ${key}`;
    const found = new Map<Key, Value>();
    const missing: Key[] = [];
    for (const key of keys) {
      const kept = this.kept.get(nameOf(key));
      if (kept?.tenantId === tenantId) found.set(key, kept.value);
      else missing.push(key);
    }
    if (missing.length > 0)
      for (const [key, value] of await read(missing)) {
        found.set(key, value);
        this.kept.set(nameOf(key), { tenantId, value });
      }
    return found;
  }
}
