import { FIRST_TERM } from '@aegis/application/ingestion/posting-compaction';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresPostingCompaction, type CompactionPace } from '@aegis/infrastructure/ingestion/postgres-posting-compaction';
import type { TestDatabase } from './database';

/** A pass over the tenant, or its first slices only: as many as a process lives to see. */
export async function compactWhole(database: TestDatabase, tenantId: TenantId, pace?: CompactionPace, slices = Infinity): Promise<void> {
  const { connections, tenants } = database.platform;
  const compaction = new PostgresPostingCompaction(connections, tenants, pace);
  const pass = await compaction.begin(tenantId);
  let from: string | null = pass === null ? null : FIRST_TERM;
  for (let done = 0; pass !== null && from !== null && done < slices; done += 1) from = (await compaction.slice(pass, from)).next;
  if (pass !== null && from === null) await compaction.end(pass);
}
