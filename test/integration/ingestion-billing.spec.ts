import { EMPTY_DRAFT, type IngestionWork } from '@aegis/application/ingestion/ingestion-work';
import { EmbedStage } from '@aegis/application/ingestion/stages/embed-stage';
import { LeaseLost } from '@aegis/application/shared/job-store';
import { PriceList } from '@aegis/domain/shared/price-list';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { QuotaExceeded } from '@aegis/domain/usage/usage-errors';
import { SystemClock } from '@aegis/infrastructure/system/system-clock';
import { aDocument, fakeVector, stagedChunks } from '../support/corpus';
import { TestDatabase, ids } from '../support/database';
import { PricedEmbeddingModel } from '../support/priced-embedding-model';
import { UnreliableUnitOfWork } from '../support/unreliable-unit-of-work';

const PRICES = new PriceList({ priced: { 'ten-a-text': { input: 2, output: 0 } } });
const BATCH_COST = 64 * 20;
const TEXTS = Array.from({ length: 100 }, (_, number) => `제${number}조 연차는 ${number}일이다.`);

describe('what embedding a document costs', () => {
  let database: TestDatabase;
  let tenant: TenantId;
  let model: PricedEmbeddingModel;
  let uow: UnreliableUnitOfWork;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
    model = new PricedEmbeddingModel(database.platform.model.dimensions);
    uow = new UnreliableUnitOfWork(database.uow());
  });

  async function aClaimedDocument(): Promise<IngestionWork> {
    const jobId = ids.next();
    const document = aDocument(tenant, { filename: `${jobId}.md` });
    const job = await database.uow().run(tenant, async (tx) => {
      await tx.documents.add(document);
      await tx.chunks.stage(document.id, stagedChunks(TEXTS.slice(0, 64)));
      await tx.chunks.stage(document.id, stagedChunks(TEXTS).slice(64));
      await tx.jobs.add({ id: jobId, kind: 'ingest_document', documentId: document.id, deadlineMs: 60_000 });
      return tx.jobs.claim(jobId);
    });
    if (job === null) throw new Error('the job could not be claimed');
    return { document: document.toSnapshot(), job, signal: new AbortController().signal, report: () => Promise.resolve() };
  }
  const embed = (work: IngestionWork) => new EmbedStage(uow, model, PRICES, ids, new SystemClock()).run(work, EMPTY_DRAFT);
  const embedded = async () => {
    const work = await aClaimedDocument();
    await embed(work);
    return work;
  };

  const records = () =>
    database.rows(tenant, 'SELECT kind, tokens_in::int AS tokens, cost_micro_usd::int AS cost, document_id FROM usage_records');
  const budget = async () => (await database.rows(tenant, 'SELECT reserved::int, (spent + overage)::int AS used FROM budgets'))[0];
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'it went well',
      (error: unknown) => error,
    );

  /** More than five minutes go by, and the dispatcher sweeps. */
  async function sweepLate(): Promise<void> {
    await database.rows(tenant, `UPDATE reservations SET expires_at = clock_timestamp() - interval '1 s' WHERE state = 'pending'`);
    const due = await database.rows<{ id: string }>(tenant, `SELECT id FROM reservations WHERE state = 'pending'`);
    await database.uow().run(tenant, async (tx) => {
      for (const { id } of due) await tx.usage.expire(id);
    });
  }

  it('is one record of the document', async () => {
    const { document } = await embedded();
    expect(await records()).toEqual([{ kind: 'document_embedding', tokens: 1_000, cost: 2_000, document_id: document.id }]);
    expect(await budget()).toEqual({ reserved: 0, used: 2_000 });
  });

  it('is booked when it took longer than a reservation lasts', async () => {
    model.meanwhile = sweepLate;
    await embedded();
    expect(await database.rows(tenant, 'SELECT state FROM reservations')).toEqual([{ state: 'posted' }]);
    expect(await records()).toMatchObject([{ tokens: 1_000, cost: 2_000 }]);
    expect(await budget()).toEqual({ reserved: 0, used: 2_000 });
  });

  it('is booked also when somebody else took the money that was free meanwhile', async () => {
    tenant = await database.aTenant({ quotaMicroUsd: 5_000 });
    const work = await aClaimedDocument();
    const another = await aClaimedDocument();
    let first = true;
    model.meanwhile = async () => {
      if (!first) return;
      first = false;
      await sweepLate();
      for (const next of [another, await aClaimedDocument()]) await embed(next);
    };
    await embed(work);
    expect(await budget()).toEqual({ reserved: 0, used: 6_000 });
    expect(await failureOf(embedded())).toBeInstanceOf(QuotaExceeded);
  });

  it('counts a batch that the provider was asked for and nobody could keep', async () => {
    const work = await aClaimedDocument();
    model.meanwhile = () => database.rows(tenant, 'UPDATE jobs SET epoch = epoch + 1');
    expect(await failureOf(embed(work))).toBeInstanceOf(LeaseLost);
    expect(await records()).toMatchObject([{ tokens: 640, cost: BATCH_COST }]);
    expect(await budget()).toEqual({ reserved: 0, used: BATCH_COST });
  });

  it('gives every chunk its own vector, sixteen at most in a transaction: a search waits for one', async () => {
    const { document } = await embedded();
    const rows = await database.rows<{ text: string; vector: string; written: string }>(
      tenant,
      `SELECT c.content AS text, e.embedding::text AS vector, e.xmin::text AS written
         FROM chunks c JOIN embeddings e ON e.tenant_id = c.tenant_id AND e.chunk_id = c.id WHERE c.document_id = $1`,
      [document.id],
    );
    expect(rows.map(({ text }) => text).sort()).toEqual([...TEXTS].sort());
    for (const { text, vector } of rows) {
      const stored = JSON.parse(vector) as number[];
      const made = fakeVector(text, database.platform.model.dimensions);
      expect(stored.reduce((sum, value, at) => sum + value * (made[at] ?? 0), 0)).toBeCloseTo(1, 2);
    }
    const together = rows.map(({ written }) => rows.filter((row) => row.written === written).length);
    expect(Math.max(...together)).toBe(16);
  });

  it('does not hide why the work failed when it cannot be booked', async () => {
    const work = await aClaimedDocument();
    model.meanwhile = () => {
      uow.faults.push('refused');
      return Promise.reject(new TypeError('a bug of ours'));
    };
    const failure = await failureOf(embed(work));
    expect(failure).toBeInstanceOf(TypeError);
    expect(failure).toMatchObject({ cause: { message: 'unit refused' } });
  });
});
