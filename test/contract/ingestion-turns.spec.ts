import Bull, { type Queue } from 'bull';
import type { EraseDocument } from '@aegis/application/ingestion/erase-document';
import type { IngestDocument } from '@aegis/application/ingestion/ingest-document';
import { JOB_KINDS, type Bell, type JobQueue } from '@aegis/application/shared/job-queue';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { BullJobQueue, type BellQueues } from '@aegis/infrastructure/queue/bull-job-queue';
import { EmbeddedJobQueue } from '@aegis/infrastructure/queue/embedded-job-queue';
import { IngestionConsumer } from '@aegis/presentation/ingestion/ingestion.consumer';
import { CollectedLog } from '../support/collected-log';
import { ids } from '../support/database';
import { redisProgram, RedisServer } from '../support/redis-server';

let server: RedisServer | null = null;
beforeAll(async () => {
  if (redisProgram !== null) server = await RedisServer.start(redisProgram);
});
afterAll(async () => {
  // A Bull queue that is closed while it is paused may connect once more, and would look for a server that is gone until this process ends.
  for (const client of opened.flatMap(({ clients }) => clients)) client.disconnect();
  await server?.close();
});

const opened: Queue<Bell>[] = [];
const bullQueues = (): BellQueues => {
  const queues = JOB_KINDS.map((kind) => [kind, new Bull<Bell>(`aegis-test:${kind}`, server?.url ?? '')] as const);
  opened.push(...queues.map(([, queue]) => queue));
  return Object.fromEntries(queues) as unknown as BellQueues;
};

const drivers: { readonly name: string; readonly open: (log: CollectedLog) => JobQueue }[] = [
  { name: 'EmbeddedJobQueue', open: (log) => new EmbeddedJobQueue(log) },
];
if (redisProgram !== null) drivers.push({ name: 'BullJobQueue', open: (log) => new BullJobQueue(bullQueues(), log) });
else {
  describe('turns of a worker: BullJobQueue', () => {
    it.skip('is skipped: there is no redis-server on this machine (scripts/services.sh up brings one)', () => undefined);
  });
}

/** Documents that take as long as the test says; a name is the tenant's letter and a number. */
class Documents {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, () => void>();

  execute(bell: Bell, signal: AbortSignal): Promise<object> {
    this.begun.push(bell.jobId);
    return new Promise((resolve, reject) => {
      this.ends.set(bell.jobId, () => resolve({ outcome: 'completed' }));
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  end(name: string): void {
    this.ends.get(name)?.();
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const late = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > late) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 150));

describe.each(drivers)('turns of a worker: $name', ({ open }) => {
  let queue: JobQueue;
  let documents: Documents;
  let consumer: IngestionConsumer;
  let log: CollectedLog;
  let tenants: Map<string, TenantId>;
  let number = 0;

  beforeEach(async () => {
    log = new CollectedLog();
    queue = open(log);
    documents = new Documents();
    tenants = new Map();
    const nothing = { execute: () => Promise.resolve() } as unknown as EraseDocument;
    consumer = new IngestionConsumer(queue, documents as unknown as IngestDocument, nothing, log);
    await consumer.onApplicationBootstrap();
  });
  afterEach(async () => {
    consumer.onModuleDestroy();
    await queue.close(0);
  });

  const ring = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const letter = name.charAt(0);
      const tenantId = tenants.get(letter) ?? TenantId.parse(ids.next());
      tenants.set(letter, tenantId);
      await queue.ring({ tenantId, jobId: name, kind: 'ingest_document', epoch: 0, dispatchNo: ++number });
    }
  };

  it('begins with the document of another tenant at once, while large ones of one tenant take for ever', async () => {
    await ring('A1', 'A2', 'A3', 'A4', 'A5');
    await until('two run', () => documents.begun.length === 2);
    await aWhile();
    expect(documents.begun).toEqual(['A1', 'A2']);
    await ring('B1');
    await until('the other begins', () => documents.begun.includes('B1'));
    expect(documents.begun).toEqual(['A1', 'A2', 'B1']);
  });

  it('lets tenants take turns, and whoever came first within a tenant', async () => {
    await ring('A1', 'A2', 'B1', 'A3', 'A4', 'B2', 'B3');
    await until('three run', () => documents.begun.length === 3);
    await aWhile();
    expect(documents.begun).toEqual(['A1', 'A2', 'B1']);
    for (const [ended, next] of [
      ['A1', 'A3'],
      ['B1', 'B2'],
      ['A2', 'A4'],
    ] as const) {
      documents.end(ended);
      await until(`${next} runs`, () => documents.begun.includes(next));
    }
    expect(documents.begun).toEqual(['A1', 'A2', 'B1', 'A3', 'B2', 'A4']);
  });

  it('does not fill up with bells that are rung again for what waits here', async () => {
    await ring('A1', 'A2');
    await until('two run', () => documents.begun.length === 2);
    for (let again = 0; again < 8; again++) await ring('A3', 'A4', 'A5');
    await aWhile();
    await ring('B1');
    await until('the other begins', () => documents.begun.includes('B1'));
    documents.end('A1');
    await until('the next begins', () => documents.begun.includes('A3'));
    await aWhile();
    expect(documents.begun).toEqual(['A1', 'A2', 'B1', 'A3']);
  });

  it('is not kept from a document by a bell that names another tenant for it', async () => {
    await ring('A1', 'A2');
    await until('two run', () => documents.begun.length === 2);
    const stray = tenants.get('A');
    if (stray === undefined) throw new Error('there is no tenant A');
    await queue.ring({ tenantId: stray, jobId: 'B1', kind: 'ingest_document', epoch: 0, dispatchNo: ++number });
    await aWhile();
    await ring('B1');
    await until('the document begins', () => documents.begun.includes('B1'));
  });

  it('begins nothing more when it is closed, and says nothing about what waited', async () => {
    await ring('A1', 'A2', 'A3');
    await until('two run', () => documents.begun.length === 2);
    await aWhile();
    consumer.onModuleDestroy();
    const closing = queue.close(5_000);
    documents.end('A1');
    documents.end('A2');
    await closing;
    expect(documents.begun).toEqual(['A1', 'A2']);
    expect(log.lines).toEqual([]);
  });
});
