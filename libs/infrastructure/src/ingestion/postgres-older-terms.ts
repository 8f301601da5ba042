import type { EntityManager } from 'typeorm';
import { OlderTerms } from '@aegis/application/ingestion/older-terms';
import { indexedTerms } from '@aegis/domain/ingestion/chunk';
import { TERMS_VERSION } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { returnedRows } from '../persistence/returned-rows';
import type { TenantDatabase } from '../persistence/tenant-database';
import { COUNT_RECENT, ERASE_FROM_SEGMENTS } from './compaction-sql';
import { addPostings, storedLength } from './posting-rows';
import { DATE_EPOCH, NEXT_EPOCH } from './publish-sql';

/** Of one transaction, as many as an upload stages at once. */
const AT_A_TIME = 64;

/** What is being processed is published first; what is being deleted goes. Printed, not a parameter: the partial index knows it then. */
const OLDER = `c.terms_version < ${TERMS_VERSION}`;

interface OlderChunk {
  readonly id: string;
  readonly content: string;
  readonly section: readonly string[];
  readonly title: string | null;
  readonly dl: number;
  readonly isLatest: boolean;
}

export class PostgresOlderTerms extends OlderTerms {
  constructor(
    private readonly connections: Connections,
    private readonly database: TenantDatabase,
  ) {
    super();
  }

  async tenants(): Promise<readonly TenantId[]> {
    const rows = await this.connections.transaction(
      'app_admin',
      (manager) =>
        manager.query<{ id: TenantId }[]>(
          `SELECT t.id FROM tenants t WHERE t.deleted_at IS NULL AND EXISTS (
             SELECT FROM chunks c JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
              WHERE c.tenant_id = t.id AND ${OLDER} AND d.status = 'completed') ORDER BY t.id`,
        ),
      { readOnly: true },
    );
    return rows.map(({ id }) => id);
  }

  renewSome(tenantId: TenantId): Promise<number> {
    return this.database.transaction(tenantId, async (manager) => {
      await manager.query('SELECT 1 FROM tenant_stats WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
      const older = await manager.query<OlderChunk[]>(
        `SELECT c.id, c.content, c.section, d.title, c.dl, d.is_latest AS "isLatest"
           FROM chunks c JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
          WHERE c.tenant_id = $1 AND ${OLDER} AND d.status = 'completed' ORDER BY c.document_id, c.id LIMIT ${AT_A_TIME}`,
        [tenantId],
      );
      if (older.length === 0) return 0;
      await renew(manager, tenantId, older);
      // What is found may come in another order: another state.
      const [next] = returnedRows<{ corpus_epoch: string }>(await manager.query<unknown>(NEXT_EPOCH, [tenantId]));
      await manager.query(DATE_EPOCH, [tenantId, next?.corpus_epoch]);
      return older.length;
    });
  }
}

async function renew(manager: EntityManager, tenantId: TenantId, older: readonly OlderChunk[]): Promise<void> {
  const ids = older.map(({ id }) => id);
  const chunks = older.map((chunk) => {
    const { frequencies, length } = indexedTerms(chunk, chunk.title);
    return { chunkId: chunk.id, terms: frequencies, lengthTerms: length };
  });
  await manager.query(ERASE_FROM_SEGMENTS, [tenantId, ids]);
  await manager.query('DELETE FROM postings WHERE tenant_id = $1 AND chunk_id = ANY ($2::int8[])', [tenantId, ids]);
  await addPostings(manager, tenantId, chunks);
  const lengths = chunks.map(({ lengthTerms }) => storedLength(lengthTerms));
  await manager.query(
    `UPDATE chunks c SET dl = l.dl, terms_version = ${TERMS_VERSION} FROM unnest($2::int8[], $3::int2[]) AS l(id, dl)
      WHERE c.tenant_id = $1 AND c.id = l.id`,
    [tenantId, ids, lengths],
  );
  const longer = older.reduce((sum, { dl, isLatest }, at) => sum + (isLatest ? (lengths[at] ?? 0) - dl : 0), 0);
  await manager.query('UPDATE tenant_stats SET sumdl = sumdl + $2::int8 WHERE tenant_id = $1', [tenantId, longer]);
  await manager.query(COUNT_RECENT, [tenantId, older.length]);
}
