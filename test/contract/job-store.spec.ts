import { SettleEndedJob } from '@aegis/application/ingestion/settle-ended-job';
import type { Bell, JobKind } from '@aegis/application/shared/job-queue';
import { LeaseLost, type ClaimedJob } from '@aegis/application/shared/job-store';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresJobDispatch } from '@aegis/infrastructure/queue/postgres-job-dispatch';
import { SystemClock } from '@aegis/infrastructure/system/system-clock';
import { aDocument, deleteDocument, stageDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, ids } from '../support/database';

const EVERYTHING = 100_000;

describe('jobs', () => {
  let database: TestDatabase;
  let dispatch: PostgresJobDispatch;
  let tenant: TenantId;
  const tenants: TenantId[] = [];

  beforeAll(async () => {
    database = await TestDatabase.open();
    dispatch = new PostgresJobDispatch(database.platform.connections);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await aTenant();
  });
  // A shared database would go on ringing for them.
  afterEach(async () => {
    for (const id of tenants.splice(0)) await database.rows(id, 'DELETE FROM jobs');
  });

  async function aTenant(): Promise<TenantId> {
    const id = await database.aTenant();
    tenants.push(id);
    return id;
  }

  interface AddedJob {
    readonly id: string;
    readonly documentId: DocumentId;
  }

  async function aJob(about: { of?: TenantId; kind?: JobKind; deadlineMs?: number } = {}): Promise<AddedJob> {
    const { of = tenant, kind = 'ingest_document', deadlineMs = 60_000 } = about;
    const id = ids.next();
    const document = aDocument(of, { filename: `${id}.md` });
    await database.uow().run(of, async (tx) => {
      await stageDocument(tx, database, document, ['처리 중인 문서']);
      await tx.jobs.add({ id, kind, documentId: document.id, deadlineMs });
    });
    return { id, documentId: document.id };
  }
  const claim = (id: string, as = tenant) => database.uow().run(as, (tx) => tx.jobs.claim(id));
  async function claimed(id: string): Promise<ClaimedJob> {
    const job = await claim(id);
    if (job === null) throw new Error('the job could not be claimed');
    return job;
  }
  const row = async (id: string, of = tenant) =>
    (await database.rows<Record<string, unknown>>(of, 'SELECT * FROM jobs WHERE id = $1', [id]))[0];
  /** Moves a job in time: the database's clock is the only one that counts, and no test waits for it. */
  const set = (id: string, assignment: string) => database.rows(tenant, `UPDATE jobs SET ${assignment} WHERE id = $1`, [id]);
  const dieHolding = async (id: string): Promise<ClaimedJob> => {
    const job = await claimed(id);
    await set(id, `lease_until = clock_timestamp() - interval '1 ms'`);
    return job;
  };
  /** In a shared database jobs of other tests may be due as well: for each of them that took a place one more is asked for. */
  const takeDue = async (limit = EVERYTHING, perTenant = EVERYTHING): Promise<readonly Bell[]> => {
    const ours: Bell[] = [];
    for (let left = limit; left > 0;) {
      const taken = await dispatch.takeDue(left, perTenant);
      const own = taken.filter((bell) => tenants.includes(bell.tenantId));
      ours.push(...own);
      if (taken.length < left || own.length === taken.length) break;
      left -= own.length;
    }
    return ours;
  };
  const statusOf = async (id: DocumentId) =>
    (await database.rows<{ status: string; error: unknown }>(tenant, 'SELECT status, error FROM documents WHERE id = $1', [id]))[0];
  const settleAll = async () => {
    for (const ended of await dispatch.unsettled(EVERYTHING)) {
      if (tenants.includes(ended.tenantId))
        await new SettleEndedJob(database.uow(), ids, new SystemClock()).execute(ended.tenantId, ended.jobId);
    }
  };

  describe('adding', () => {
    it('leaves the same open work alone, and takes it again when it has ended', async () => {
      const { id, documentId } = await aJob();
      const add = (kind: JobKind) =>
        database.uow().run(tenant, (tx) => tx.jobs.add({ id: ids.next(), kind, documentId, deadlineMs: 60_000 }));
      expect(await add('ingest_document')).toBe(false);
      expect(await add('erase_document')).toBe(true); // other work on the same document
      const job = await claimed(id);
      expect(await add('ingest_document')).toBe(false);
      await database.uow().run(tenant, (tx) => tx.jobs.finish(job, { state: 'done' }));
      expect(await add('ingest_document')).toBe(true);
    });
  });

  describe('claiming', () => {
    it('gives the job to one of thirty', async () => {
      const { id, documentId } = await aJob();
      const claims = await Promise.all(Array.from({ length: 30 }, () => claim(id)));
      expect(claims.filter((job) => job !== null)).toEqual([{ id, documentId, epoch: 1, attempts: 1, stage: 'start' }]);
    });

    it('finds no job under another tenant, and leaves it to its own', async () => {
      const other = await aTenant();
      const { id } = await aJob();
      expect(await claim(id, other)).toBeNull();
      expect(await claim(ids.next())).toBeNull();
      expect(await claim(id)).not.toBeNull();
    });

    it('waits until the job is due', async () => {
      const { id } = await aJob();
      await set(id, `due = clock_timestamp() + interval '1 min'`);
      expect(await claim(id)).toBeNull();
    });

    it('does not start what is past its deadline', async () => {
      const { id } = await aJob();
      await set(id, 'deadline_at = clock_timestamp()');
      expect(await claim(id)).toBeNull();
    });
  });

  describe('lease', () => {
    it('lasts a minute, and longer with a heartbeat', async () => {
      const { id } = await aJob();
      const job = await claimed(id);
      const secondsLeft = async () =>
        (
          await database.rows<{ left: number }>(
            tenant,
            'SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 AS left FROM jobs WHERE id = $1',
            [id],
          )
        )[0]?.left ?? 0;
      expect(await secondsLeft()).toBeGreaterThan(50);
      expect(await secondsLeft()).toBeLessThanOrEqual(60);
      await set(id, `lease_until = clock_timestamp() + interval '5 s'`);
      await database.uow().run(tenant, (tx) => tx.jobs.heartbeat(job));
      expect(await secondsLeft()).toBeGreaterThan(50);
    });

    it('ends with the deadline: no heartbeat keeps a job beyond it', async () => {
      const { id } = await aJob();
      const job = await claimed(id);
      await set(id, 'deadline_at = clock_timestamp()');
      await expect(database.uow().run(tenant, (tx) => tx.jobs.heartbeat(job))).rejects.toBeInstanceOf(LeaseLost);
    });

    it('ends with the hour of an attempt, and the next attempt has its own', async () => {
      const { id } = await aJob();
      const job = await claimed(id);
      await set(id, 'attempt_until = clock_timestamp()');
      await expect(database.uow().run(tenant, (tx) => tx.jobs.heartbeat(job))).rejects.toBeInstanceOf(LeaseLost);
      await set(id, `lease_until = clock_timestamp() - interval '1 ms'`);
      const next = await claimed(id);
      await database.uow().run(tenant, (tx) => tx.jobs.heartbeat(next));
      expect(next.attempts).toBe(2);
    });

    it('that ran out goes to the next, under a higher epoch and behind the stages that were finished', async () => {
      const { id, documentId } = await aJob();
      const job = await claimed(id);
      await database.uow().run(tenant, (tx) => tx.jobs.advance(job, 'index'));
      expect(await claim(id)).toBeNull();
      await set(id, `lease_until = clock_timestamp() - interval '1 ms'`);
      expect(await claim(id)).toEqual({ id, documentId, epoch: 2, attempts: 2, stage: 'index' });
    });

    const writes: readonly (readonly [string, (job: ClaimedJob) => Promise<void>])[] = [
      ['fence', (job) => database.uow().run(tenant, (tx) => tx.jobs.fence(job))],
      ['heartbeat', (job) => database.uow().run(tenant, (tx) => tx.jobs.heartbeat(job))],
      ['advance', (job) => database.uow().run(tenant, (tx) => tx.jobs.advance(job, 'embed'))],
      ['retryLater', (job) => database.uow().run(tenant, (tx) => tx.jobs.retryLater(job, 0))],
      ['finish', (job) => database.uow().run(tenant, (tx) => tx.jobs.finish(job, { state: 'done' }))],
    ];
    it.each(writes)('refuses %s to whoever held it before', async (_name, write) => {
      const { id } = await aJob();
      const before = await dieHolding(id);
      const now = await claimed(id);
      const unchanged = await row(id);
      await expect(write(before)).rejects.toBeInstanceOf(LeaseLost);
      expect(await row(id)).toEqual(unchanged);
      await expect(write(now)).resolves.toBeUndefined(); // the same write of the present holder is fine
    });

    it('takes everything with it that a transaction did before it saw that the lease was lost', async () => {
      const { id, documentId } = await aJob();
      const before = await dieHolding(id);
      await claimed(id);
      const late = database.uow().run(tenant, async (tx) => {
        await tx.documents.showProgress(documentId, { stage: 'index', done: 9, total: 9 });
        await tx.jobs.fence(before);
      });
      await expect(late).rejects.toBeInstanceOf(LeaseLost);
      expect(await database.rows(tenant, 'SELECT progress FROM documents WHERE id = $1', [documentId])).toEqual([{ progress: null }]);
    });
  });

  describe('ending', () => {
    it('leaves nothing to claim, to ring or to settle', async () => {
      const outcomes = [{ state: 'done' } as const, { state: 'failed', code: 'parse_failed' } as const];
      for (const outcome of outcomes) {
        const { id } = await aJob();
        const job = await claimed(id);
        await database.uow().run(tenant, (tx) => tx.jobs.finish(job, outcome));
        expect(await row(id)).toMatchObject({ state: outcome.state, error_code: outcome.state === 'failed' ? outcome.code : null });
        expect(await claim(id)).toBeNull();
        expect((await takeDue()).map((bell) => bell.jobId)).not.toContain(id);
        expect((await dispatch.unsettled(EVERYTHING)).map((ended) => ended.jobId)).not.toContain(id);
      }
    });

    it('by cancelling takes the work from its holder, and from that document only', async () => {
      const [cancelled, other] = [await aJob(), await aJob()];
      const job = await claimed(cancelled.id);
      await database.uow().run(tenant, (tx) => tx.jobs.cancelFor(cancelled.documentId));
      await expect(database.uow().run(tenant, (tx) => tx.jobs.fence(job))).rejects.toBeInstanceOf(LeaseLost);
      expect(await row(cancelled.id)).toMatchObject({ state: 'failed', error_code: 'cancelled' });
      expect(await claim(cancelled.id)).toBeNull();
      expect((await dispatch.unsettled(EVERYTHING)).map((ended) => ended.jobId)).not.toContain(cancelled.id);
      expect(await claim(other.id)).not.toBeNull();
    });
  });

  describe('trying again later', () => {
    it('waits, rings when it is due, and forgets the deaths before', async () => {
      const { id } = await aJob();
      await takeDue();
      await dieHolding(id);
      const job = await claimed(id);
      expect(await row(id)).toMatchObject({ unclean: 2 });
      await database.uow().run(tenant, (tx) => tx.jobs.retryLater(job, 60_000));
      expect(await row(id)).toMatchObject({ state: 'queued', unclean: 0, lease_until: null, attempts: 2 });
      expect(await claim(id)).toBeNull();
      expect(await takeDue()).toEqual([]);
      await set(id, 'due = clock_timestamp()');
      expect((await takeDue()).map((bell) => bell.jobId)).toEqual([id]); // at once, not ten seconds after the last ring
      expect(await claim(id)).toMatchObject({ epoch: 3, attempts: 3 });
    });
  });

  describe('beginning anew', () => {
    const reopen = (id: string, as = tenant) => database.uow().run(as, (tx) => tx.jobs.reopen(id, 3_600_000));
    async function failed(): Promise<AddedJob> {
      const added = await aJob();
      const job = await claimed(added.id);
      await database.uow().run(tenant, async (tx) => {
        await tx.jobs.advance(job, 'extract');
        await tx.jobs.finish(job, { state: 'failed', code: 'processing_failed' });
      });
      return added;
    }

    it('is the same job, due at once, from its first stage on and with all its attempts', async () => {
      const { id, documentId } = await failed();
      const reopened = await reopen(id);
      expect(reopened).toEqual({
        kind: 'ingest_document',
        documentId,
        dueAt: expect.any(Date) as Date,
        deadlineAt: expect.any(Date) as Date,
      });
      expect((reopened?.deadlineAt.getTime() ?? 0) - (reopened?.dueAt.getTime() ?? 0)).toBeCloseTo(3_600_000, -2);
      expect(await row(id)).toMatchObject({
        ...{ state: 'queued', stage: 'start', attempts: 0, unclean: 0, epoch: 2 },
        ...{ error_code: null, lease_until: null, settled_at: null, rung_at: null },
      });
      expect((await takeDue()).map((bell) => bell.jobId)).toEqual([id]);
      expect(await claim(id)).toMatchObject({ epoch: 3, attempts: 1, stage: 'start' });
    });

    it('tells the dispatcher', async () => {
      const { id } = await failed();
      const before = database.wakeUps;
      await reopen(id);
      expect(database.wakeUps).toBe(before + 1);
    });

    it('goes for a job in quarantine whose document was told, and not before', async () => {
      const { id } = await aJob();
      for (let death = 0; death < 3; death++) await dieHolding(id);
      await dispatch.endForgotten();
      expect(await row(id)).toMatchObject({ state: 'quarantined', settled_at: null });
      expect(await reopen(id)).toBeNull();
      await settleAll();
      expect(await reopen(id)).toMatchObject({ kind: 'ingest_document' });
      expect(await claim(id)).toMatchObject({ attempts: 1 }); // the deaths before are forgotten
    });

    it('goes for nothing that waits, runs or ended well, and for no job of another tenant', async () => {
      const [waiting, running, done, other] = [await aJob(), await aJob(), await aJob(), await failed()];
      await claimed(running.id);
      const job = await claimed(done.id);
      await database.uow().run(tenant, (tx) => tx.jobs.finish(job, { state: 'done' }));
      for (const { id } of [waiting, running, done]) expect(await reopen(id)).toBeNull();
      expect(await reopen(other.id, await aTenant())).toBeNull();
      expect(await row(other.id)).toMatchObject({ state: 'failed' });
    });

    it('does not go while the same work is open', async () => {
      const { id, documentId } = await failed();
      await database.uow().run(tenant, (tx) => tx.jobs.add({ id: ids.next(), kind: 'ingest_document', documentId, deadlineMs: 60_000 }));
      expect(await reopen(id)).toBeNull();
    });
  });

  describe('ringing', () => {
    it('names the job once, and again when nobody came for ten seconds', async () => {
      const { id } = await aJob();
      expect(await takeDue()).toEqual([{ tenantId: tenant, jobId: id, kind: 'ingest_document', epoch: 0, dispatchNo: 1 }]);
      expect(await takeDue()).toEqual([]);
      // One second is left of the ten: a machine that pauses for longer meanwhile proves nothing.
      const since = performance.now();
      await set(id, `rung_at = clock_timestamp() - interval '9 s'`);
      const early = await takeDue();
      if (performance.now() - since < 1_000) expect(early).toEqual([]);
      await set(id, `rung_at = clock_timestamp() - interval '10 s'`);
      expect(await takeDue()).toEqual([{ tenantId: tenant, jobId: id, kind: 'ingest_document', epoch: 0, dispatchNo: 2 + early.length }]);
    });

    it('is silent while somebody works on it, and starts again when they died', async () => {
      const { id } = await aJob();
      await claimed(id);
      expect(await takeDue()).toEqual([]);
      await set(id, `lease_until = clock_timestamp() - interval '1 ms'`);
      expect(await takeDue()).toMatchObject([{ jobId: id, epoch: 1 }]);
    });

    it('of two dispatchers at once names a job to one', async () => {
      await Promise.all(Array.from({ length: 10 }, () => aJob()));
      const taken = (await Promise.all(Array.from({ length: 4 }, () => takeDue()))).flat();
      expect(new Set(taken.map((bell) => bell.jobId)).size).toBe(10);
      expect(taken).toHaveLength(10);
    });

    it('passes over what was just rung: a worker that is slow to come does not keep the next job waiting', async () => {
      await dispatch.takeDue(EVERYTHING, EVERYTHING);
      const [first, second] = [await aJob(), await aJob()];
      expect((await takeDue(1)).map((bell) => bell.jobId)).toEqual([first.id]);
      expect((await takeDue(1)).map((bell) => bell.jobId)).toEqual([second.id]);
    });

    it('is fair: a flood of one tenant does not keep another waiting', async () => {
      await dispatch.takeDue(EVERYTHING, EVERYTHING);
      for (let number = 0; number < 12; number++) await aJob();
      const other = await aTenant();
      const { id } = await aJob({ of: other });
      const taken = await takeDue(3);
      expect(taken).toHaveLength(3);
      expect(taken.map((bell) => bell.jobId)).toContain(id);
    });
  });

  describe('ringing for several tenants', () => {
    let other: TenantId;
    beforeEach(async () => {
      await dispatch.takeDue(EVERYTHING, EVERYTHING);
      other = await aTenant();
    });
    const jobsOf = async (of: TenantId, count: number): Promise<string[]> => {
      const added: string[] = [];
      for (let number = 0; number < count; number++) added.push((await aJob({ of })).id);
      return added;
    };

    it('lets no more of one tenant wait than it may, and rings for others all the same', async () => {
      const flood = await jobsOf(tenant, 8);
      expect((await takeDue(EVERYTHING, 3)).map((bell) => bell.jobId)).toEqual(flood.slice(0, 3));
      expect(await takeDue(EVERYTHING, 3)).toEqual([]);
      const [late = ''] = await jobsOf(other, 1);
      expect((await takeDue(EVERYTHING, 3)).map((bell) => bell.jobId)).toEqual([late]);
      await claimed(flood[0] ?? ''); // it waits no more
      expect((await takeDue(EVERYTHING, 3)).map((bell) => bell.jobId)).toEqual([flood[3]]);
    });

    it('begins with whoever has the least under way, although its jobs are the younger ones', async () => {
      const flood = await jobsOf(tenant, 6);
      const rung = await takeDue(2);
      for (const { jobId } of rung) await claimed(jobId);
      await takeDue(1);
      const late = await jobsOf(other, 3);
      expect((await takeDue(1)).map((bell) => bell.jobId)).toEqual([late[0]]);
      expect((await takeDue(1)).map((bell) => bell.jobId)).toEqual([late[1]]);
      expect(flood).toHaveLength(6);
    });

    it('does not let one kind of work of a tenant hold up another kind', async () => {
      await jobsOf(tenant, 4);
      expect(await takeDue(EVERYTHING, 3)).toHaveLength(3);
      const { id } = await aJob({ kind: 'erase_document' });
      expect((await takeDue(EVERYTHING, 3)).map((bell) => bell.jobId)).toEqual([id]);
    });

    it('counts a bell that nobody heard for ten seconds only', async () => {
      const flood = await jobsOf(tenant, 4);
      await takeDue(EVERYTHING, 2);
      for (const id of flood) await set(id, `rung_at = rung_at - interval '10 s'`);
      expect((await takeDue(EVERYTHING, 2)).map((bell) => bell.jobId)).toEqual(flood.slice(0, 2));
    });
  });

  describe('what the dispatcher ends', () => {
    it('is a job that took its worker down three times: quarantined, and its document says so', async () => {
      const { id, documentId } = await aJob();
      await dieHolding(id);
      await dieHolding(id);
      await dispatch.endForgotten();
      expect(await row(id)).toMatchObject({ state: 'running', unclean: 2 });
      const last = await dieHolding(id);
      expect(await claim(id)).toBeNull(); // not a fourth time
      await dispatch.endForgotten();
      expect(await row(id)).toMatchObject({ state: 'quarantined', error_code: 'poison', settled_at: null });
      await expect(database.uow().run(tenant, (tx) => tx.jobs.fence(last))).rejects.toBeInstanceOf(LeaseLost);

      await settleAll();
      expect(await statusOf(documentId)).toMatchObject({ status: 'failed', error: { code: 'processing_failed', retryable: false } });
      expect(await database.rows(tenant, 'SELECT id FROM chunks WHERE document_id = $1', [documentId])).toEqual([]);
      expect(await row(id)).toMatchObject({ settled_at: expect.anything() as unknown });
      expect(await database.uow().run(tenant, (tx) => tx.jobs.settle(id))).toBeNull(); // once
    });

    it('is a job past its deadline that nobody holds, and its document may be tried again', async () => {
      const { id, documentId } = await aJob();
      const held = await aJob();
      await claimed(held.id);
      for (const each of [id, held.id]) await set(each, 'deadline_at = clock_timestamp()');
      await dispatch.endForgotten();
      expect(await row(id)).toMatchObject({ state: 'failed', error_code: 'deadline' });
      expect(await row(held.id)).toMatchObject({ state: 'running' }); // its lease is alive
      await settleAll();
      expect(await statusOf(documentId)).toMatchObject({ status: 'failed', error: { code: 'processing_failed', retryable: true } });
      expect(await statusOf(held.documentId)).toEqual({ status: 'processing', error: null });
    });

    it('is called late, not poisonous, when its holder had died twice before', async () => {
      const { id } = await aJob();
      await dieHolding(id);
      await dieHolding(id);
      await set(id, 'deadline_at = clock_timestamp()');
      await dispatch.endForgotten();
      expect(await row(id)).toMatchObject({ state: 'failed', error_code: 'deadline' });
    });

    it('leaves a document that was deleted meanwhile as it is', async () => {
      const { id, documentId } = await aJob();
      await deleteDocument(database, tenant, documentId);
      await set(id, 'deadline_at = clock_timestamp()');
      await dispatch.endForgotten();
      await settleAll();
      expect(await statusOf(documentId)).toEqual({ status: 'deleting', error: null });
    });

    it('leaves a job alone that is alive and in time', async () => {
      const [waiting, running] = [await aJob(), await aJob()];
      await claimed(running.id);
      const before = [await row(waiting.id), await row(running.id)];
      await dispatch.endForgotten();
      expect([await row(waiting.id), await row(running.id)]).toEqual(before);
    });
  });
});
