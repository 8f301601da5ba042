import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Evidence } from '@aegis/application/retrieval/evidence-reader';
import { NoResultCache, ResultCache } from '@aegis/application/retrieval/result-cache';
import type { MachineTurns } from '@aegis/application/shared/machine-turns';
import type { Metrics } from '@aegis/application/shared/metrics';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantDatabase } from '../persistence/tenant-database';

interface Remembered {
  readonly tenantId: TenantId;
  readonly evidence: Evidence;
}

const KEPT_MS = 3_600_000;
/** Of a chunk besides its texts, and of an entry besides its chunks. */
const OVERHEAD_BYTES = 500;

/**
 * Results in this process, each with the state of the corpus that it was found in. Every publication and deletion makes another state, in
 * its own transaction; it is asked for whenever something is remembered, so nothing has to be told to anybody.
 */
export class RememberedResults extends ResultCache {
  private readonly results: LRUCache<string, Remembered>;

  constructor(
    private readonly database: TenantDatabase,
    private readonly turns: MachineTurns,
    private readonly metrics: Metrics,
    { maxBytes }: { readonly maxBytes: number },
  ) {
    super();
    this.results = new LRUCache({ maxSize: maxBytes, sizeCalculation: bytesOf, ttl: KEPT_MS });
  }

  async find(tenantId: TenantId, question: string, signal: AbortSignal): Promise<Evidence | null> {
    const known = this.results.get(nameOf(tenantId, question));
    const evidence = known?.tenantId === tenantId ? known.evidence : null;
    const isCurrent = evidence !== null && (await this.epochOf(tenantId, signal)) === evidence.corpusEpoch;
    if (isCurrent) this.metrics.count('rag_result_cache_hits', {});
    else this.metrics.count('rag_result_cache_misses', {});
    return isCurrent ? evidence : null;
  }

  keep(tenantId: TenantId, question: string, evidence: Evidence): void {
    this.results.set(nameOf(tenantId, question), { tenantId, evidence });
  }

  /** In the tenant's own context: of a tenant that was deleted nothing is served. */
  private epochOf(tenantId: TenantId, signal: AbortSignal): Promise<number | null> {
    return this.turns.run(tenantId, 'database', signal, () =>
      this.database.transaction(
        tenantId,
        async (manager) => {
          const sql = 'SELECT s.corpus_epoch AS epoch FROM tenant_stats s WHERE s.tenant_id = $1';
          const [row] = await manager.query<{ epoch: string }[]>(sql, [tenantId]);
          return row === undefined ? null : Number(row.epoch);
        },
        { readOnly: true },
      ),
    );
  }
}

/** A digest: the texts of questions are kept nowhere. */
const nameOf = (tenantId: TenantId, question: string): string => createHash('sha256').update(`${tenantId}\0${question}`).digest('base64');

const bytesOf = ({ evidence: { ranked, vector } }: Remembered): number =>
  ranked.reduce((sum, { content }) => sum + 2 * content.length + OVERHEAD_BYTES, OVERHEAD_BYTES + (vector?.byteLength ?? 0));

/** With a memory of so many bytes; 0: without. */
export const resultCache = (database: TenantDatabase, turns: MachineTurns, metrics: Metrics, maxBytes: number): ResultCache =>
  maxBytes === 0 ? new NoResultCache() : new RememberedResults(database, turns, metrics, { maxBytes });
