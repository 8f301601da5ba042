import { PostingCompaction, type CompactedSlice, type CompactionPass } from '@aegis/application/ingestion/posting-compaction';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import type { TenantDatabase } from '../persistence/tenant-database';
import { BEGIN_PASS, BOUNDS, COMPACT, DEAD_ARE_BEHIND, END_PASS, MARK_DEAD } from './compaction-sql';

export interface CompactionPace {
  /** Of one transaction, at about the most. On the embedded engine everybody waits for its end. */
  readonly postings: number;
  readonly sharedSegments: number;
  /** Nobody has published for so long: then a little is enough. */
  readonly quietMs: number;
}

const NATIVE: CompactionPace = { postings: 50_000, sharedSegments: 500, quietMs: 120_000 };
const EMBEDDED: CompactionPace = { postings: 4_000, sharedSegments: 40, quietMs: 120_000 };

/** A pass writes every shared segment of the tenant anew: it waits until an eighth is new, or a fiftieth once nobody publishes any more. */
const DUE = `
  SELECT s.tenant_id AS id FROM tenant_stats s JOIN tenants t ON t.id = s.tenant_id
   WHERE t.deleted_at IS NULL AND s.recent_chunks > 0 AND (s.recent_chunks >= greatest(s.n / 8, 64)
      OR (s.recent_chunks >= s.n / 50 AND NOT EXISTS (
        SELECT FROM corpus_epochs e WHERE e.tenant_id = s.tenant_id AND e.epoch = s.corpus_epoch AND e.at > clock_timestamp() - $1::int8 * interval '1 ms')))
   ORDER BY s.recent_chunks DESC LIMIT 100`;

const LAST_TERM = 9_223_372_036_854_775_807n;

interface Bounds {
  readonly upto: string | null;
  readonly begins: string | null;
  readonly replaced_begins: string | null;
  readonly more: boolean;
}

export class PostgresPostingCompaction extends PostingCompaction {
  private readonly pace: CompactionPace;

  constructor(
    private readonly connections: Connections,
    private readonly database: TenantDatabase,
    pace?: CompactionPace,
  ) {
    super();
    this.pace = pace ?? (connections.embedded ? EMBEDDED : NATIVE);
  }

  async due(): Promise<readonly TenantId[]> {
    const rows = await this.connections.transaction('app_admin', (manager) => manager.query<{ id: TenantId }[]>(DUE, [this.pace.quietMs]), {
      readOnly: true,
    });
    return rows.map(({ id }) => id);
  }

  begin(tenantId: TenantId): Promise<CompactionPass | null> {
    return this.database.transaction(tenantId, async (manager) => {
      const [counters] = await manager.query<{ recent: string; n: string; dead: string }[]>(BEGIN_PASS, [tenantId]);
      const recentChunks = Number(counters?.recent ?? 0);
      if (recentChunks === 0) return null;
      const rewritesAll = Number(counters?.dead ?? 0) * 5 > Number(counters?.n ?? 0);
      if (rewritesAll) await manager.query(MARK_DEAD, [tenantId]);
      return { tenantId, recentChunks, rewritesAll };
    });
  }

  slice({ tenantId, rewritesAll }: CompactionPass, from: string): Promise<CompactedSlice> {
    const { postings, sharedSegments } = this.pace;
    return this.database.transaction(tenantId, async (manager) => {
      await manager.query('SELECT 1 FROM tenant_stats WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
      const [bounds] = await manager.query<Bounds[]>(BOUNDS, [tenantId, from, postings, sharedSegments, rewritesAll]);
      if (bounds?.more !== true) return { moved: 0, next: null };
      const upto = bounds.upto === null ? LAST_TERM : BigInt(bounds.upto);
      const [done] = await manager.query<{ moved: string }[]>(COMPACT, [
        ...[tenantId, from, String(upto), rewritesAll],
        ...[bounds.begins ?? from, bounds.replaced_begins ?? from],
      ]);
      return { moved: Number(done?.moved ?? 0), next: upto === LAST_TERM ? null : String(upto + 1n) };
    });
  }

  async end({ tenantId, recentChunks, rewritesAll }: CompactionPass): Promise<void> {
    await this.database.transaction(tenantId, async (manager) => {
      await manager.query(END_PASS, [tenantId, recentChunks]);
      if (rewritesAll) await manager.query(DEAD_ARE_BEHIND, [tenantId]);
    });
    await this.connections.vacuumEmbedded(['postings', 'posting_segments']);
  }
}
