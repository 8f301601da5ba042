import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { LeaseLost, type ClaimedJob } from '../shared/job-store';
import type { UnitOfWork } from '../unit-of-work';

const HEARTBEAT_MS = 15_000;

/** Keeps a job's lease alive while `work` runs, and aborts it when the lease is lost or the caller's signal fires. */
export async function underLease<T>(
  uow: UnitOfWork,
  tenantId: TenantId,
  job: ClaimedJob,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const heartbeat = setInterval(() => {
    uow
      .run(tenantId, (tx) => tx.jobs.heartbeat(job))
      .catch((error: unknown) => {
        // A failed heartbeat of another kind is tried again in 15 s: the lease lasts for four of them.
        if (error instanceof LeaseLost || error instanceof TenantGone) lost.abort(error);
      });
  }, HEARTBEAT_MS);
  try {
    return await work(AbortSignal.any([outer, lost.signal]));
  } finally {
    clearInterval(heartbeat);
  }
}
