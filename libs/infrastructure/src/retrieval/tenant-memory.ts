import { LRUCache } from 'lru-cache';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** By the id of a chunk. */
export type TokenCodes = ReadonlyMap<string, Uint8Array>;

interface Kept {
  readonly tenantId: TenantId;
  readonly codes: Uint8Array;
}

/** What nobody can change is forgotten all the same: nothing of a tenant that left stays for longer. */
const KEPT_MS = 3_600_000;
/** Of an entry besides its codes. */
const OVERHEAD_BYTES = 500;

/**
 * Compressed token vectors that searches have read, some 11 KB a chunk: reading them again costs the database and this process more than
 * comparing them. They are written once, with the vector of their chunk and model, and never changed, so that nothing has to be told to anybody.
 * Each belongs to one tenant, and only a chunk that a search of this tenant has just found is asked for. Only numbers are kept, no text.
 */
export class RememberedTokenCodes {
  private readonly kept: LRUCache<string, Kept>;

  /** `maxBytes`: of all codes together; those not used for longest go. 0: nothing is kept. */
  constructor({ maxBytes }: { readonly maxBytes: number }) {
    this.kept = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ codes }) => codes.byteLength + OVERHEAD_BYTES,
      ttl: KEPT_MS,
    });
  }

  /** Of the chunks that have any. `read` is asked for those that are not here, if there are such. */
  async of(
    tenantId: TenantId,
    modelVersion: number,
    chunkIds: readonly string[],
    read: (missing: readonly string[]) => Promise<TokenCodes>,
  ): Promise<TokenCodes> {
    const found = new Map<string, Uint8Array>();
    const missing: string[] = [];
    for (const chunkId of chunkIds) {
      const kept = this.kept.get(nameOf(tenantId, modelVersion, chunkId));
      if (kept?.tenantId === tenantId) found.set(chunkId, kept.codes);
      else missing.push(chunkId);
    }
    if (missing.length > 0)
      for (const [chunkId, codes] of await read(missing)) {
        found.set(chunkId, codes);
        this.kept.set(nameOf(tenantId, modelVersion, chunkId), { tenantId, codes });
      }
    return found;
  }
}

const nameOf = (tenantId: TenantId, modelVersion: number, chunkId: string): string => `${tenantId} ${modelVersion} ${chunkId}`;
