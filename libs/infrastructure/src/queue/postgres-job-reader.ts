import { JobReader, type JobFilter, type JobState, type JobView } from '@aegis/application/jobs/job-reader';
import type { JobKind } from '@aegis/application/shared/job-queue';
import type { Page, PageRequest } from '@aegis/application/shared/page';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { JobId } from '@aegis/domain/jobs/job-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { POSITION_COLUMNS, afterClause, afterParameters, pageOf, type PositionedRow } from '../persistence/page-sql';

interface Row extends PositionedRow {
  readonly id: JobId;
  readonly tenant_id: TenantId;
  readonly kind: JobKind;
  readonly document_id: DocumentId | null;
  readonly state: JobState;
  readonly stage: string;
  readonly attempts: number;
  readonly error_code: string | null;
  readonly created_at: Date;
  readonly due: Date;
  readonly lease_until: Date | null;
  readonly deadline_at: Date;
  readonly settled_at: Date | null;
}

const JOB = `SELECT j.id, j.tenant_id, j.kind, j.document_id, j.state, j.stage, j.attempts, j.error_code, j.created_at, j.due, j.lease_until,
         j.deadline_at, j.settled_at, ${POSITION_COLUMNS('j.created_at', 'j.id')}
    FROM jobs j JOIN tenants t ON t.id = j.tenant_id AND t.deleted_at IS NULL`;

/** Jobs of all tenants, read as `app_admin`. */
export class PostgresJobReader extends JobReader {
  constructor(private readonly connections: Connections) {
    super();
  }

  async list({ state, kind, tenantId }: JobFilter, page: PageRequest): Promise<Page<JobView>> {
    const rows = await this.read(
      // Each filter stands there only when it is asked for, so that the index of what failed can serve it.
      `${JOB} WHERE ${afterClause('j.created_at', 'j.id', 1)}
          AND ${state === undefined ? '$3::text IS NULL' : 'j.state = $3'} AND ${kind === undefined ? '$4::text IS NULL' : 'j.kind = $4'}
          AND ${tenantId === undefined ? '$5::uuid IS NULL' : 'j.tenant_id = $5'}
        ORDER BY j.created_at DESC, j.id DESC LIMIT $6`,
      [...afterParameters(page), state ?? null, kind ?? null, tenantId ?? null, page.limit + 1],
    );
    return pageOf(rows, page, viewOf);
  }

  async find(id: JobId): Promise<JobView | null> {
    // The key begins with the tenant, who is not known: an id that two tenants had would be nobody's.
    const rows = await this.read(`${JOB} WHERE j.id = $1 LIMIT 2`, [id]);
    const [row] = rows;
    return row === undefined || rows.length > 1 ? null : viewOf(row);
  }

  private read(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql, parameters), { readOnly: true });
  }
}

const viewOf = (row: Row): JobView => ({
  id: row.id,
  tenantId: row.tenant_id,
  kind: row.kind,
  documentId: row.document_id,
  state: row.state,
  stage: row.stage,
  attempts: row.attempts,
  errorCode: row.error_code,
  createdAt: row.created_at,
  dueAt: row.due,
  leaseUntil: row.lease_until,
  deadlineAt: row.deadline_at,
  endedAt: row.settled_at,
});
