import type { SettleEndedJob } from './settle-ended-job';
import type { JobQueue } from '../shared/job-queue';
import type { JobDispatch } from '../shared/job-store';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';

/** Bells that wait at once, at the most: the rest stays in the database, so that a later tenant's first job need not wait behind a flood. */
const WAITING = 16;
/** Of one tenant. A worker holds more than these and what it may run of one tenant, so that there is always room for another's. */
const WAITING_PER_TENANT = 3;
const ENDED_AT_ONCE = 32;

/** Rings for what is due, again after a lost ring, and ends what was forgotten. */
export class RingDueJobs {
  constructor(
    private readonly dispatch: JobDispatch,
    private readonly queue: JobQueue,
    private readonly settleEndedJob: SettleEndedJob,
  ) {}

  async execute(): Promise<number> {
    const room = WAITING - (await this.queue.depth()).waiting;
    if (room <= 0) return 0;
    const due = await this.dispatch.takeDue(room, WAITING_PER_TENANT);
    for (const bell of due) await this.queue.ring(bell);
    return due.length;
  }

  async sweep(): Promise<void> {
    await this.dispatch.endForgotten();
    for (const { tenantId, jobId } of await this.dispatch.unsettled(ENDED_AT_ONCE))
      await this.settleEndedJob.execute(tenantId, jobId).catch(nothingOfTheDeleted);
  }
}
