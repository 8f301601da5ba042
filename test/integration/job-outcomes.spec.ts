import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteDocument } from '@aegis/application/documents/delete-document';
import { EraseDocument } from '@aegis/application/ingestion/erase-document';
import { IngestDocument } from '@aegis/application/ingestion/ingest-document';
import type { IngestionDraft, IngestionStage } from '@aegis/application/ingestion/ingestion-work';
import { IngestionPipeline } from '@aegis/application/ingestion/pipeline';
import { SettleEndedJob } from '@aegis/application/ingestion/settle-ended-job';
import { ProviderError } from '@aegis/application/providers/provider-error';
import type { Bell, JobKind } from '@aegis/application/shared/job-queue';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { ChunkDraft } from '@aegis/domain/ingestion/chunk';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FolderObjectStore } from '@aegis/infrastructure/object-store/folder-object-store';
import { EmbeddedJobQueue } from '@aegis/infrastructure/queue/embedded-job-queue';
import { SystemClock } from '@aegis/infrastructure/system/system-clock';
import { IngestionConsumer } from '@aegis/presentation/ingestion/ingestion.consumer';
import { CollectedLog } from '../support/collected-log';
import { aDocument, deleteDocument, stageDocument } from '../support/corpus';
import { TestDatabase, ids } from '../support/database';
import { UnreliableUnitOfWork } from '../support/unreliable-unit-of-work';

/** Does what a test says, in place of reading a file. */
class ToldStage implements IngestionStage {
  readonly name = 'extract';
  readonly durable = false;
  constructor(private readonly work: () => Promise<unknown>) {}
  async run(_work: unknown, draft: IngestionDraft): Promise<IngestionDraft> {
    await this.work();
    return draft;
  }
}

describe('how jobs end', () => {
  let database: TestDatabase;
  let tenant: TenantId;
  let uow: UnreliableUnitOfWork;
  const clock = new SystemClock();
  const folder = mkdtempSync(join(tmpdir(), 'aegis-objects-'));
  const objects = new FolderObjectStore(folder);

  beforeAll(async () => {
    database = await TestDatabase.open();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.close();
  });
  beforeEach(async () => {
    tenant = await database.aTenant();
    uow = new UnreliableUnitOfWork(database.uow());
  });
  afterEach(() => database.rows(tenant, 'DELETE FROM jobs'));

  async function aJob(kind: JobKind): Promise<Bell & { readonly documentId: DocumentId }> {
    const document = aDocument(tenant);
    const jobId = ids.next();
    await database.uow().run(tenant, async (tx) => {
      await stageDocument(tx, database, document, ['연차는 15일이다']);
      await tx.jobs.add({ id: jobId, kind, documentId: document.id, deadlineMs: 60_000 });
    });
    if (kind === 'erase_document') await deleteDocument(database, tenant, document.id);
    return { tenantId: tenant, jobId, kind, epoch: 0, dispatchNo: 1, documentId: document.id };
  }
  const ingestDocument = (work: () => Promise<unknown>) =>
    new IngestDocument(uow, new IngestionPipeline([new ToldStage(work)]), ids, clock);
  const fail = (error: Error) => () => Promise.reject(error);
  const signal = () => new AbortController().signal;
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'it went well',
      (error: unknown) => error,
    );
  const jobs = () =>
    database.rows<{ id: string; kind: string; state: string }>(tenant, 'SELECT id, kind, state FROM jobs ORDER BY created_at, id');

  describe('ingesting', () => {
    const down = new ProviderError('ollama', 'unavailable', 'no answer', { retryable: true });
    const empty = new IngestionFailed('no_text', 'no text');

    it('says why another attempt is needed, and which one this was', async () => {
      const bell = await aJob('ingest_document');
      const ended = await ingestDocument(fail(down)).execute(bell, signal());
      expect(ended).toEqual({ outcome: 'retried', documentId: bell.documentId, attempt: 1, code: 'provider_unavailable', cause: down });
      expect(await jobs()).toMatchObject([{ state: 'queued' }]);
    });

    it('says what is wrong with a document, and keeps what showed it', async () => {
      const bell = await aJob('ingest_document');
      const ended = await ingestDocument(fail(empty)).execute(bell, signal());
      expect(ended).toEqual({ outcome: 'failed', documentId: bell.documentId, attempt: 1, code: 'no_text', cause: empty });
    });

    it('leaves a job to whoever took it over, and says what it saw itself', async () => {
      const bell = await aJob('ingest_document');
      const ended = await ingestDocument(async () => {
        await database.rows(tenant, 'UPDATE jobs SET epoch = epoch + 1');
        throw empty;
      }).execute(bell, signal());
      expect(ended).toMatchObject({ outcome: 'retried', code: 'no_text', cause: empty });
    });

    it('has nothing to say about a document that is deleted meanwhile', async () => {
      const bell = await aJob('ingest_document');
      const caller = { tenantId: tenant, keyId: ApiKeyId.parse(ids.next()), keyName: '', scopes: [], rateLimitRps: null };
      const ended = await ingestDocument(async () => {
        await new DeleteDocument(database.uow(), ids, clock).execute(caller, bell.documentId);
        throw new ProviderError('onnx', 'cancelled', 'aborted', { retryable: true });
      }).execute(bell, signal());
      expect(ended).toEqual({ outcome: 'skipped' });
    });

    it('does not look at a document that somebody else works on by now', async () => {
      const bell = await aJob('ingest_document');
      const ended = await ingestDocument(async () => {
        await database.rows(tenant, `UPDATE jobs SET state = 'failed', error_code = 'cancelled', epoch = epoch + 1`);
        await database.uow().run(tenant, (tx) => tx.chunks.unstage(bell.documentId));
      }).execute(bell, signal());
      expect(ended).toEqual({ outcome: 'skipped' });
    });

    it('ends without a word when its tenant is deleted, before and while it works', async () => {
      const log = new CollectedLog();
      const queue = new EmbeddedJobQueue(log);
      const remove = () =>
        database.platformUow().run(async (tx) => {
          const found = await tx.tenants.find(tenant);
          if (found === null) throw new Error('no tenant');
          await tx.tenants.delete(found, found.delete(ids.next(), { kind: 'platform_admin' }, clock.now()));
        });
      const ingest = ingestDocument(async () => {
        await remove();
        throw empty;
      });
      await new IngestionConsumer(queue, ingest, new EraseDocument(uow, objects, clock), log).onApplicationBootstrap();
      const { documentId: _document, ...bell } = await aJob('ingest_document');
      await queue.ring(bell);
      await queue.close(10_000);
      const late = new EmbeddedJobQueue(log);
      await new IngestionConsumer(late, ingest, new EraseDocument(uow, objects, clock), log).onApplicationBootstrap();
      await late.ring(bell);
      await late.ring({ ...bell, kind: 'erase_document' });
      await late.close(10_000);
      expect(log.lines).toEqual([]);
      tenant = await database.aTenant();
    });

    it('reads a long document for its language before it opens a transaction', async () => {
      const readInside: boolean[] = [];
      const chunk: ChunkDraft = {
        ...{ ordinal: 0, section: [], page: 1, kind: 'text', tokenCount: 9 },
        get content() {
          readInside.push(uow.isOpen);
          return '연차는 15일이다';
        },
      };
      const stage: IngestionStage = { name: 'index', durable: true, run: (_work, draft) => Promise.resolve({ ...draft, chunks: [chunk] }) };
      const bell = await aJob('ingest_document');
      const ended = await new IngestDocument(uow, new IngestionPipeline([stage]), ids, clock).execute(bell, signal());
      expect(ended).toEqual({ outcome: 'done' });
      expect(readInside).toEqual([false]);
      expect(await database.rows(tenant, 'SELECT language FROM documents')).toEqual([{ language: 'ko' }]);
    });

    it('gives up after five attempts with the last cause', async () => {
      const bell = await aJob('ingest_document');
      await database.rows(tenant, 'UPDATE jobs SET attempts = 4');
      const bug = new TypeError('a bug of ours');
      const ended = await ingestDocument(fail(bug)).execute(bell, signal());
      expect(ended).toMatchObject({ outcome: 'failed', attempt: 5, code: 'processing_failed', cause: bug });
    });

    it('calls a shutdown by its name', async () => {
      const bell = await aJob('ingest_document');
      const stopping = new AbortController();
      const ended = await ingestDocument(() => {
        stopping.abort(new Error('shutting down'));
        return Promise.reject(down);
      }).execute(bell, stopping.signal);
      expect(ended).toMatchObject({ outcome: 'retried', code: 'shutting_down' });
    });

    it('is done, and the next ring finds nothing to do', async () => {
      const bell = await aJob('ingest_document');
      const ingest = ingestDocument(() => Promise.resolve());
      expect(await ingest.execute(bell, signal())).toEqual({ outcome: 'done' });
      expect(await ingest.execute(bell, signal())).toEqual({ outcome: 'skipped' });
    });

    it('tells the first failure when it cannot even be written down', async () => {
      const bell = await aJob('ingest_document');
      const bug = new TypeError('a bug of ours');
      const failure = await failureOf(
        ingestDocument(() => {
          uow.faults.push('refused');
          return Promise.reject(bug);
        }).execute(bell, signal()),
      );
      expect(failure).toBe(bug);
      expect(failure).toMatchObject({ cause: { message: 'unit refused' } });
    });

    const levels = [
      ['warn', 'provider_unavailable', down],
      ['warn', 'no_text', empty],
      ['error', 'processing_failed', new ProviderError('ollama', 'refused', 'no', { retryable: false })],
    ] as const;
    it.each(levels)('is logged as %s when it ended with %s', async (level, code, cause) => {
      const log = new CollectedLog();
      const queue = new EmbeddedJobQueue(log);
      await new IngestionConsumer(queue, ingestDocument(fail(cause)), new EraseDocument(uow, objects, clock), log).onApplicationBootstrap();
      const { documentId, ...bell } = await aJob('ingest_document');
      await queue.ring(bell);
      await queue.close(10_000);
      expect(log.lines).toMatchObject([{ level, fields: { tenantId: tenant, jobId: bell.jobId, documentId, attempt: 1, code, cause } }]);
    });
  });

  describe('erasing', () => {
    it('tells the first failure when another attempt cannot be planned', async () => {
      const bell = await aJob('erase_document');
      uow.faults.push(null, 'refused', 'refused');
      const failure = await failureOf(new EraseDocument(uow, objects, clock).execute(bell));
      expect(failure).toMatchObject({ message: 'unit refused', cause: { message: 'unit refused' } });
    });

    it.each([
      ['deadline', 'failed'],
      ['poison', 'quarantined'],
    ])('is begun again when the dispatcher ended it (%s)', async (code, state) => {
      const bell = await aJob('erase_document');
      await database.rows(tenant, 'UPDATE jobs SET state = $1, error_code = $2', [state, code]);
      const settle = new SettleEndedJob(uow, ids, clock);
      await settle.execute(tenant, bell.jobId);
      await settle.execute(tenant, bell.jobId); // settled twice: one new job
      const [ended, next, ...more] = await jobs();
      expect([ended?.state, next?.kind, next?.state, more]).toEqual([state, 'erase_document', 'queued', []]);
      await database.rows(tenant, `UPDATE jobs SET due = now() WHERE state = 'queued'`);
      const again = await database.uow().run(tenant, (tx) => tx.jobs.claim(next?.id ?? ''));
      expect(again).toMatchObject({ documentId: bell.documentId });
    });

    it('is begun again later and later when it ends its worker every time', async () => {
      const bell = await aJob('erase_document');
      const minutes: number[] = [];
      for (let time = 1, jobId = bell.jobId; time <= 7; time++) {
        await database.rows(tenant, `UPDATE jobs SET state = 'quarantined', error_code = 'poison' WHERE id = $1`, [jobId]);
        await new SettleEndedJob(uow, ids, clock).execute(tenant, jobId);
        const [next] = await database.rows<{ id: string; minutes: number; time_left: number }>(
          tenant,
          `SELECT id, round(extract(epoch FROM due - now()) / 60)::int AS minutes, extract(epoch FROM deadline_at - due)::int AS time_left
             FROM jobs WHERE state = 'queued'`,
        );
        expect(next?.time_left).toBe(24 * 60 * 60);
        minutes.push(next?.minutes ?? 0);
        jobId = next?.id ?? '';
      }
      expect(minutes).toEqual([1, 4, 16, 64, 256, 1_024, 1_440]);
    });

    it('is not begun again for a document whose bytes are gone', async () => {
      const bell = await aJob('erase_document');
      await database.uow().run(tenant, (tx) => tx.chunks.erase(bell.documentId));
      await database.rows(tenant, `UPDATE jobs SET state = 'failed', error_code = 'deadline'`);
      await new SettleEndedJob(uow, ids, clock).execute(tenant, bell.jobId);
      expect(await jobs()).toHaveLength(1);
    });
  });
});
