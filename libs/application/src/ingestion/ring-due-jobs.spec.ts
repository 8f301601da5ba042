import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Bell } from '../shared/job-queue';
import { RingDueJobs } from './ring-due-jobs';
import type { SettleEndedJob } from './settle-ended-job';

const bell = (number: number): Bell => ({
  tenantId: TenantId.parse('00000000-0000-7000-8000-000000000001'),
  jobId: String(number),
  kind: 'ingest_document',
  epoch: 0,
  dispatchNo: 1,
});

/** A thousand jobs are due at every look, and nobody hears the bells. */
function setUp() {
  const rung: Bell[] = [];
  const dispatch = {
    takeDue: (limit: number) => Promise.resolve(Array.from({ length: Math.min(limit, 1_000) }, (_, index) => bell(index))),
    endForgotten: () => Promise.resolve(),
    unsettled: () => Promise.resolve([]),
  };
  const queue = {
    ring: (each: Bell) => Promise.resolve(void rung.push(each)),
    depth: () => Promise.resolve({ waiting: rung.length, running: 0 }),
    onRing: () => Promise.resolve(() => Promise.resolve()),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const nobody = { execute: () => Promise.resolve() } as unknown as SettleEndedJob;
  return { rung, jobs: new RingDueJobs(dispatch, queue, nobody) };
}

describe('RingDueJobs', () => {
  it('lets only so many bells wait, however often it looks', async () => {
    const { rung, jobs } = setUp();
    expect(await jobs.execute()).toBe(16);
    for (let look = 0; look < 10; look += 1) expect(await jobs.execute()).toBe(0);
    expect(rung).toHaveLength(16);
  });

  it('rings as many as were heard', async () => {
    const { rung, jobs } = setUp();
    await jobs.execute();
    rung.splice(0, 5);
    expect(await jobs.execute()).toBe(5);
  });
});
