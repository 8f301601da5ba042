import type { EntityManager } from 'typeorm';
import type { JobKind } from '@aegis/application/shared/job-queue';
import {
  LeaseLost,
  type ClaimedJob,
  type EndedJob,
  type JobStore,
  type NewJob,
  type ReopenedJob,
} from '@aegis/application/shared/job-store';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { returnedRows } from '../persistence/returned-rows';
import { isUniqueViolation } from '../persistence/unique-violation';

export const LEASE_SECONDS = 60;
/** How long one attempt may work: after that its lease is not extended, and the job goes on as after a crash. */
const ATTEMPT_MINUTES = 60;
const MINE = `tenant_id = $1 AND id = $2 AND epoch = $3 AND state = 'running'`;

export class PostgresJobStore implements JobStore {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
    private readonly added: () => void = () => undefined,
  ) {}

  async add(job: NewJob): Promise<boolean> {
    const added = await this.rows(
      `INSERT INTO jobs (tenant_id, id, kind, document_id, deadline_at, due)
       VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 ms', clock_timestamp() + $6 * interval '1 ms')
       ON CONFLICT (tenant_id, kind, document_id) WHERE state IN ('queued', 'running') DO NOTHING RETURNING id`,
      [this.tenantId, job.id, job.kind, job.documentId, job.deadlineMs, job.delayMs ?? 0],
    );
    this.added();
    return added.length === 1;
  }

  async claim(jobId: string): Promise<ClaimedJob | null> {
    const [job] = await this.rows<{ document_id: string; epoch: number; attempts: number; stage: string }>(
      `UPDATE jobs SET state = 'running', epoch = epoch + 1, attempts = attempts + 1, unclean = unclean + 1,
              lease_until = clock_timestamp() + interval '${LEASE_SECONDS} s', attempt_until = clock_timestamp() + interval '${ATTEMPT_MINUTES} min'
        WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running') AND due <= clock_timestamp() AND clock_timestamp() < deadline_at
          AND unclean < 3 AND (lease_until IS NULL OR lease_until < clock_timestamp())
       RETURNING document_id, epoch, attempts, stage`,
      [this.tenantId, jobId],
    );
    return job === undefined
      ? null
      : { id: jobId, documentId: DocumentId.parse(job.document_id), epoch: job.epoch, attempts: job.attempts, stage: job.stage };
  }

  async fence(job: ClaimedJob): Promise<void> {
    await this.mine(job, `SELECT 1 FROM jobs WHERE ${MINE} FOR UPDATE`);
  }

  async heartbeat(job: ClaimedJob): Promise<void> {
    await this.mine(
      job,
      `UPDATE jobs SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} s'
        WHERE ${MINE} AND clock_timestamp() < least(deadline_at, attempt_until) RETURNING id`,
    );
  }

  async advance(job: ClaimedJob, stage: string): Promise<void> {
    await this.mine(job, `UPDATE jobs SET stage = $4 WHERE ${MINE} RETURNING id`, stage);
  }

  async retryLater(job: ClaimedJob, delayMs: number): Promise<void> {
    await this.mine(
      job,
      `UPDATE jobs SET state = 'queued', unclean = 0, lease_until = NULL, rung_at = NULL, due = clock_timestamp() + $4 * interval '1 ms'
        WHERE ${MINE} RETURNING id`,
      delayMs,
    );
  }

  async finish(job: ClaimedJob, outcome: { state: 'done' } | { state: 'failed'; code: string }): Promise<void> {
    await this.mine(
      job,
      `UPDATE jobs SET state = $4, error_code = $5, unclean = 0, lease_until = NULL, settled_at = clock_timestamp() WHERE ${MINE} RETURNING id`,
      outcome.state,
      outcome.state === 'failed' ? outcome.code : null,
    );
  }

  async cancelFor(documentId: DocumentId): Promise<void> {
    await this.manager.query(
      `UPDATE jobs SET state = 'failed', error_code = 'cancelled', epoch = epoch + 1, lease_until = NULL, settled_at = clock_timestamp()
        WHERE tenant_id = $1 AND document_id = $2 AND state IN ('queued', 'running')`,
      [this.tenantId, documentId],
    );
  }

  async settle(jobId: string): Promise<EndedJob | null> {
    const [job] = await this.rows<{ kind: string; document_id: string; error_code: string; times: string }>(
      `UPDATE jobs SET settled_at = clock_timestamp()
        WHERE tenant_id = $1 AND id = $2 AND state IN ('failed', 'quarantined') AND settled_at IS NULL
       RETURNING kind, document_id, error_code, (SELECT count(*) FROM jobs e WHERE e.tenant_id = $1 AND e.document_id = jobs.document_id
                AND e.kind = jobs.kind AND e.error_code IN ('poison', 'deadline')) AS times`,
      [this.tenantId, jobId],
    );
    return job === undefined
      ? null
      : { kind: job.kind as JobKind, documentId: DocumentId.parse(job.document_id), code: job.error_code, times: Number(job.times) };
  }

  async reopen(jobId: string, deadlineMs: number): Promise<ReopenedJob | null> {
    const [job] = await this.rows<{ kind: string; document_id: string; due: Date; deadline_at: Date }>(
      `UPDATE jobs j SET state = 'queued', stage = 'start', epoch = epoch + 1, attempts = 0, unclean = 0, error_code = NULL, due = clock_timestamp(),
              deadline_at = clock_timestamp() + $3 * interval '1 ms', lease_until = NULL, attempt_until = NULL, rung_at = NULL, settled_at = NULL
        WHERE tenant_id = $1 AND id = $2 AND state IN ('failed', 'quarantined') AND settled_at IS NOT NULL AND document_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM jobs o WHERE o.tenant_id = $1 AND o.kind = j.kind AND o.document_id = j.document_id AND o.state IN ('queued', 'running'))
       RETURNING kind, document_id, due, deadline_at`,
      [this.tenantId, jobId, deadlineMs],
    ).catch((error: unknown) => {
      throw isUniqueViolation(error) ? new ConcurrentChange('the work of a document') : error; // begun by somebody else at this very moment
    });
    if (job === undefined) return null;
    this.added();
    return { kind: job.kind as JobKind, documentId: DocumentId.parse(job.document_id), dueAt: job.due, deadlineAt: job.deadline_at };
  }

  private async mine(job: ClaimedJob, sql: string, ...more: unknown[]): Promise<void> {
    const rows = await this.rows(sql, [this.tenantId, job.id, job.epoch, ...more]);
    if (rows.length === 0) throw new LeaseLost(`job ${job.id} is held by somebody else`);
  }

  private async rows<Row>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return returnedRows<Row>(await this.manager.query<unknown>(sql, parameters));
  }
}
