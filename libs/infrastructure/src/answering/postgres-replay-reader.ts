import { ReplayReader, type DeletedSince, type RepeatableQuery, type SearchedState } from '@aegis/application/answering/replay-reader';
import type { QueryId } from '@aegis/domain/answering/query-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { QUERY_COLUMNS, recordOf, type QueryRow } from './postgres-query-reader';
import { vectorsOf } from './vector-bytes';
import { rememberMaker } from '../persistence/active-model';
import type { TenantDatabase } from '../persistence/tenant-database';

interface RepeatableRow extends QueryRow {
  readonly vectors: Buffer | null;
  readonly name: string;
  readonly digest: string;
  readonly dims: number;
  readonly model_version: number;
  readonly is_gone: boolean;
}

const MOST = 100;

/** Visible at $3 in state $2, and deleted after it. Of deletions from before this was kept, those that nothing had replaced. */
const DELETED = `
  SELECT d.id AS "documentId", d.filename, d.version FROM documents d
   WHERE d.tenant_id = $1 AND d.status = 'deleting' AND d.epoch_from <= $2::int8 AND d.valid_from <= $3::timestamptz
     AND coalesce(d.withdrawn_epoch, d.epoch_to) > $2::int8
     AND NOT EXISTS (SELECT 1 FROM documents n WHERE n.tenant_id = d.tenant_id AND n.filename = d.filename AND n.version > d.version
                        AND n.epoch_from <= $2::int8 AND n.valid_from <= $3::timestamptz)
   ORDER BY d.filename, d.version LIMIT ${MOST}`;

const GONE = `
  SELECT asked.id FROM unnest($2::uuid[]) AS asked(id)
   WHERE NOT EXISTS (SELECT 1 FROM chunks c JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
                      WHERE c.tenant_id = $1 AND c.public_id = asked.id AND d.status = 'completed')`;

export class PostgresReplayReader extends ReplayReader {
  /** `retiredVectorHours`: so long the vectors of a model stay after its retirement. */
  constructor(
    private readonly database: TenantDatabase,
    private readonly retiredVectorHours: number,
  ) {
    super();
  }

  async find(tenantId: TenantId, queryId: QueryId): Promise<RepeatableQuery | null> {
    const [row] = await this.database.transaction(
      tenantId,
      (manager) =>
        manager.query<RepeatableRow[]>(
          `SELECT ${QUERY_COLUMNS}, q.vectors, m.model_version, m.name, m.digest, m.dims,
                  coalesce(m.retired_at <= clock_timestamp() - $3 * interval '1 hour', m.state = 'retired') AS is_gone
             FROM queries q JOIN embedding_models m ON m.model_version = q.model_version WHERE q.tenant_id = $1 AND q.id = $2`,
          [tenantId, queryId, this.retiredVectorHours],
        ),
      { readOnly: true },
    );
    if (row === undefined) return null;
    const { name, digest, dims } = row;
    const vectors = row.vectors === null ? null : vectorsOf(row.vectors, dims);
    // They are searched with their own model's, whichever serves now.
    for (const vector of vectors ?? []) rememberMaker(vector, { version: row.model_version, dimensions: dims });
    return {
      record: recordOf(row),
      model: { name, digest, isRetired: row.is_gone },
      vectors,
    };
  }

  deletedSince(tenantId: TenantId, { corpusEpoch, validAt }: SearchedState, chunkIds: readonly string[]): Promise<DeletedSince> {
    return this.database.transaction(
      tenantId,
      async (manager) => {
        const state = [tenantId, corpusEpoch, validAt ?? 'infinity'];
        const documents = await manager.query<DeletedSince['documents']>(DELETED, state);
        const gone = await manager.query<{ id: string }[]>(GONE, [tenantId, chunkIds]);
        return { documents, chunkIds: gone.map(({ id }) => id) };
      },
      { readOnly: true },
    );
  }
}
