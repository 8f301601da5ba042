import Bull from 'bull';
import { JOB_KINDS, type Bell, type JobQueue } from '@aegis/application/shared/job-queue';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { BullJobQueue, type BellQueues } from '@aegis/infrastructure/queue/bull-job-queue';
import { EmbeddedJobQueue } from '@aegis/infrastructure/queue/embedded-job-queue';
import { CollectedLog } from '../support/collected-log';
import { ids } from '../support/database';

const REDIS_URL = process.env['REDIS_URL'];
/** Nobody listens there. */
const NO_REDIS = 'redis://127.0.0.1:1';
const GRACE_MS = 5_000;

/** Queues of their own for every `run`: names are shared by everybody on the same Redis. */
const bullQueues = (url: string, run: string = ids.next()): BellQueues =>
  Object.fromEntries(JOB_KINDS.map((kind) => [kind, new Bull<Bell>(`aegis-test-${run}:${kind}`, url)])) as unknown as BellQueues;

interface Driver {
  readonly name: string;
  readonly open: (log: CollectedLog) => JobQueue;
}
const drivers: Driver[] = [
  { name: 'EmbeddedJobQueue', open: (log) => new EmbeddedJobQueue(log) },
  ...(REDIS_URL === undefined ? [] : [{ name: 'BullJobQueue', open: (log: CollectedLog) => new BullJobQueue(bullQueues(REDIS_URL), log) }]),
];

let number = 0;
const aBell = (about: Partial<Bell> = {}): Bell => ({
  ...{ tenantId: TenantId.parse(ids.next()), jobId: ids.next(), kind: 'ingest_document', epoch: 0, dispatchNo: ++number },
  ...about,
});

/** Work that says when it has begun and ends when it is told to. */
class Work {
  readonly heard: Bell[] = [];
  readonly signals: AbortSignal[] = [];
  most = 0;
  private running = 0;
  private readonly ends: (() => void)[] = [];

  readonly listener = async (bell: Bell, signal: AbortSignal): Promise<void> => {
    this.heard.push(bell);
    this.signals.push(signal);
    this.most = Math.max(this.most, ++this.running);
    await new Promise<void>((resolve, reject) => {
      this.ends.push(resolve);
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
    this.running -= 1;
  };

  endAll(): void {
    this.ends.splice(0).forEach((end) => end());
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const late = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > late) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 200));

describe.each(drivers)('job queue: $name', ({ open }) => {
  let log: CollectedLog;
  let queue: JobQueue;
  let work: Work;

  beforeEach(() => {
    log = new CollectedLog();
    queue = open(log);
    work = new Work();
  });
  afterEach(async () => {
    work.endAll();
    await queue.close(0);
  });

  it('brings a bell as it was rung, to the listener of its kind only', async () => {
    const erasures = new Work();
    await queue.onRing('ingest_document', 1, work.listener);
    await queue.onRing('erase_document', 1, erasures.listener);
    const [ingestion, erasure] = [aBell({ epoch: 3 }), aBell({ kind: 'erase_document' })];
    await queue.ring(ingestion);
    await queue.ring(erasure);
    await until('both were heard', () => work.heard.length + erasures.heard.length === 2);
    expect([work.heard, erasures.heard]).toEqual([[ingestion], [erasure]]);
    expect(work.signals[0]?.aborted).toBe(false);
    erasures.endAll();
  });

  it('works on as many at once as it was told, and on the rest afterwards', async () => {
    await queue.onRing('ingest_document', 2, work.listener);
    const bells = Array.from({ length: 5 }, () => aBell());
    for (const bell of bells) await queue.ring(bell);
    await until('two run', () => work.heard.length === 2);
    await until('three wait', async () => {
      const { waiting, running } = await queue.depth();
      return waiting === 3 && running === 2;
    });
    await until('all were heard', () => {
      work.endAll();
      return work.heard.length === 5;
    });
    expect(work.most).toBe(2);
    expect(work.heard.map((bell) => bell.jobId).sort()).toEqual(bells.map((bell) => bell.jobId).sort());
    await until('nothing is left', async () => {
      work.endAll();
      const { waiting, running } = await queue.depth();
      return waiting + running === 0;
    });
  });

  it('takes a bell that was rung twice for one job, once or twice, and never loses it', async () => {
    await queue.onRing('ingest_document', 1, work.listener);
    const [other, bell] = [aBell(), aBell()];
    await queue.ring(other);
    for (const each of [bell, bell, { ...bell, dispatchNo: ++number }]) await queue.ring(each);
    await until('all came to their end', async () => {
      work.endAll();
      const { waiting, running } = await queue.depth();
      return work.heard.length > 1 && waiting + running === 0;
    });
    const heard = work.heard.filter(({ jobId }) => jobId === bell.jobId);
    expect(heard.length).toBeGreaterThanOrEqual(1);
    expect(heard.length).toBeLessThanOrEqual(2);
  });

  it('rings again for a job that was worked on before: nothing of a bell is remembered', async () => {
    await queue.onRing('ingest_document', 1, work.listener);
    const bell = aBell();
    for (const dispatchNo of [1, 2, 3]) {
      await queue.ring({ ...bell, dispatchNo });
      await until('it was heard', () => work.heard.length === dispatchNo);
      work.endAll();
    }
    expect(work.heard.map(({ dispatchNo }) => dispatchNo)).toEqual([1, 2, 3]);
  });

  it('goes on after work that failed, and says so', async () => {
    await queue.onRing('ingest_document', 1, (bell, signal) =>
      bell.epoch === 1 ? Promise.reject(new Error('no such file')) : work.listener(bell, signal),
    );
    const [bad, good] = [aBell({ epoch: 1 }), aBell()];
    await queue.ring(bad);
    await queue.ring(good);
    await until('the good one was heard', () => work.heard.length === 1);
    expect(log.lines).toMatchObject([{ level: 'error', fields: { jobId: bad.jobId, stage: 'ingest_document' } }]);
  });

  it('takes a ring that nobody listens to', async () => {
    await expect(queue.ring(aBell())).resolves.toBeUndefined();
    await expect(queue.check()).resolves.toBeUndefined();
  });

  describe('close', () => {
    it('waits for what runs', async () => {
      await queue.onRing('ingest_document', 1, work.listener);
      await queue.ring(aBell());
      await until('it runs', () => work.heard.length === 1);
      let isClosed = false;
      const closing = queue.close(GRACE_MS).then(() => (isClosed = true));
      await aWhile();
      expect([isClosed, work.signals[0]?.aborted]).toEqual([false, false]);
      work.endAll();
      await closing;
      expect(work.signals[0]?.aborted).toBe(false);
    });

    it('aborts what is still running after the grace, and waits until it has stopped', async () => {
      let hasStopped = false;
      await queue.onRing('ingest_document', 1, async (bell, signal) => {
        await work.listener(bell, signal).catch(() => undefined);
        await aWhile();
        hasStopped = true;
      });
      await queue.ring(aBell());
      await until('it runs', () => work.heard.length === 1);
      const before = Date.now();
      await queue.close(100);
      expect(work.signals[0]?.aborted).toBe(true);
      expect(hasStopped).toBe(true);
      expect(Date.now() - before).toBeLessThan(15_000); // the work itself never ends
    });

    it('starts nothing more, of what waits and of what is rung', async () => {
      await queue.onRing('ingest_document', 1, work.listener);
      for (let count = 0; count < 3; count++) await queue.ring(aBell());
      await until('one runs', () => work.heard.length === 1);
      const closing = queue.close(GRACE_MS);
      await expect(queue.ring(aBell())).resolves.toBeUndefined();
      work.endAll();
      await closing;
      await aWhile();
      expect(work.heard).toHaveLength(1);
      await expect(queue.check()).rejects.toThrow();
    });

    it('may be called twice', async () => {
      await queue.close(0);
      await expect(queue.close(0)).resolves.toBeUndefined();
    });
  });

  it('listens no more when it is told to stop: what runs is aborted, what waits is left for the sweep', async () => {
    const stop = await queue.onRing('ingest_document', 1, work.listener);
    for (let count = 0; count < 3; count++) await queue.ring(aBell());
    await until('one runs', () => work.heard.length === 1);
    await stop();
    expect(work.signals[0]?.aborted).toBe(true);
    await queue.ring(aBell());
    await aWhile();
    expect(work.heard).toHaveLength(1);
  });
});

if (REDIS_URL === undefined) {
  describe('job queue: BullJobQueue', () => {
    it.skip('is skipped: REDIS_URL is not set (npm run test:production sets it)', () => undefined);
  });
} else {
  describe('job queue: BullJobQueue between processes', () => {
    it('leaves the bells that wait to other workers when it is closed', async () => {
      const run = ids.next();
      const log = new CollectedLog();
      const [closing, staying] = [new BullJobQueue(bullQueues(REDIS_URL, run), log), new BullJobQueue(bullQueues(REDIS_URL, run), log)];
      const [first, second] = [new Work(), new Work()];
      await closing.onRing('ingest_document', 1, first.listener);
      const bells = Array.from({ length: 3 }, () => aBell());
      for (const bell of bells) await staying.ring(bell);
      await until('one runs', () => first.heard.length === 1);
      const closed = closing.close(GRACE_MS);
      await aWhile();
      first.endAll();
      await closed;
      await staying.onRing('ingest_document', 2, second.listener);
      await until('the others were heard', () => second.heard.length === 2);
      second.endAll();
      await staying.close(GRACE_MS);
      expect([...first.heard, ...second.heard].map(({ jobId }) => jobId).sort()).toEqual(bells.map(({ jobId }) => jobId).sort());
    });

    it('leaves nothing in Redis of a bell that was heard', async () => {
      const queues = bullQueues(REDIS_URL);
      const queue = new BullJobQueue(queues, new CollectedLog());
      let heard = 0;
      await queue.onRing('ingest_document', 1, () => (++heard === 1 ? Promise.resolve() : Promise.reject(new Error('no such file'))));
      await queue.ring(aBell());
      await queue.ring(aBell());
      await until('both were heard', () => heard === 2);
      await until('nothing is left', async () => Object.values(await queues.ingest_document.getJobCounts()).every((count) => count === 0));
      await queue.close(GRACE_MS);
    });
  });
}

describe('job queue: BullJobQueue while Redis is away', () => {
  it('takes a ring, in a time that a request can wait, and says that it was lost', async () => {
    const log = new CollectedLog();
    const queue = new BullJobQueue(bullQueues(NO_REDIS), log);
    const before = Date.now();
    const bell = aBell();
    await expect(queue.ring(bell)).resolves.toBeUndefined();
    await expect(queue.check()).rejects.toThrow();
    await queue.close(0);
    expect(Date.now() - before).toBeLessThan(20_000);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'ring lost', fields: expect.objectContaining({ jobId: bell.jobId }) as unknown }),
    );
  });
});
