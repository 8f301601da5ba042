import { AnswerQuery } from '@aegis/application/answering/answer-query';
import { AnswerWriter } from '@aegis/application/answering/answer-writer';
import type { QueryInput } from '@aegis/application/answering/query-answer';
import { RuleBasedAnswerability } from '@aegis/application/answering/answerability-check';
import { ConfidenceJudge } from '@aegis/application/answering/confidence-judge';
import { EvidenceGathering } from '@aegis/application/answering/evidence-gathering';
import { QueryAccounting } from '@aegis/application/answering/query-accounting';
import { QueryUnderstanding } from '@aegis/application/answering/query-understanding';
import { QuestionWriter } from '@aegis/application/answering/question-writer';
import { SearchChunks } from '@aegis/application/answering/search-chunks';
import type { LanguageModel } from '@aegis/application/providers/language-model';
import { ChunkReader, type ChunkQuery, type FoundChunks } from '@aegis/application/retrieval/chunk-reader';
import { EvidenceReader } from '@aegis/application/retrieval/evidence-reader';
import { NoReranker } from '@aegis/application/retrieval/reranker';
import { AS_IT_STANDS } from '@aegis/application/retrieval/question-reader';
import { DirectQueryEmbeddings } from '@aegis/application/retrieval/query-embeddings';
import { NoResultCache } from '@aegis/application/retrieval/result-cache';
import { MachineTurns } from '@aegis/application/shared/machine-turns';
import type { Caller } from '@aegis/application/shared/caller';
import { RetrievalUnavailable } from '@aegis/domain/retrieval/retrieval-errors';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { PriceList } from '@aegis/domain/shared/price-list';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { QuotaExceeded } from '@aegis/domain/usage/usage-errors';
import { FallbackLanguageModel } from '@aegis/infrastructure/providers/language-model/fallback-language-model';
import { ScriptedLanguageModel, quoteFirstSource } from '@aegis/infrastructure/providers/language-model/scripted-language-model';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { SystemClock } from '@aegis/infrastructure/system/system-clock';
import { OtelTraceContext } from '@aegis/infrastructure/telemetry/otel-trace-context';
import { PrometheusMetrics } from '@aegis/infrastructure/telemetry/metrics';
import { PostgresTenantReader } from '@aegis/infrastructure/tenants/postgres-tenant-reader';
import { publishDocument } from '../support/corpus';
import { TestDatabase, ids } from '../support/database';
import { PricedEmbeddingModel } from '../support/priced-embedding-model';
import { UnreliableUnitOfWork } from '../support/unreliable-unit-of-work';

const WRITING_TIMEOUT_MS = 500;
const EMBEDDING_COST = 20; // ten tokens of 2 micro-USD
const PRICES = new PriceList({ priced: { 'ten-a-text': { input: 2, output: 0 } }, scripted: { dear: { input: 1, output: 4 } } });
const QUERY: QueryInput = {
  ...{ query: '연차는 며칠인가?', topK: 5, minConfidence: 0, filter: NO_FILTER, asOf: { validAt: null, knownAt: null } },
  ...{ strategy: 'hybrid', fusion: 'rrf', alpha: 0.5, history: [], understanding: AS_IT_STANDS },
};
const { signal } = new AbortController();

/** Searches fail while it is broken. */
class BreakableChunkReader extends ChunkReader {
  broken = false;
  constructor(private readonly whole: ChunkReader) {
    super();
  }
  search(request: ChunkQuery): Promise<FoundChunks> {
    return this.broken ? Promise.reject(new Error('search failed')) : this.whole.search(request);
  }
}

describe('accounting of a query', () => {
  let database: TestDatabase;
  let tenant: TenantId;
  let caller: Caller;
  let uow: UnreliableUnitOfWork;
  let chunks: BreakableChunkReader;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await aTenant(1_000_000);
    uow = new UnreliableUnitOfWork(database.uow());
    const { tenants, model, routing } = database.platform;
    chunks = new BreakableChunkReader(new PostgresChunkReader(tenants, model, routing));
  });

  async function aTenant(quotaMicroUsd: number): Promise<void> {
    tenant = await database.aTenant({ quotaMicroUsd });
    caller = { tenantId: tenant, keyId: ApiKeyId.parse(ids.next()), keyName: 'a key', scopes: ['query'], rateLimitRps: null };
    await publishDocument(database, tenant, ['연차는 15일이다.']);
  }

  function setUp(...models: [LanguageModel, ...LanguageModel[]]) {
    const clock = new SystemClock();
    const turns = new MachineTurns(2, true);
    const evidence = new EvidenceReader(
      new DirectQueryEmbeddings(new PricedEmbeddingModel(database.platform.model.dimensions), turns),
      chunks,
      new NoResultCache(),
      new NoReranker(),
      turns,
      new PrometheusMetrics({ processMetrics: false }),
    );
    const accounting = new QueryAccounting(uow, PRICES, ids, clock, turns);
    const others = [
      accounting,
      new PostgresTenantReader(database.platform.connections, database.platform.tenants),
      new OtelTraceContext(),
      ids,
      clock,
    ] as const;
    const model = new FallbackLanguageModel(models, () => undefined);
    const understanding = new QueryUnderstanding(new QuestionWriter(model, ids, { rewrites: true, timeoutMs: WRITING_TIMEOUT_MS }));
    const judge = new ConfidenceJudge(new RuleBasedAnswerability());
    const gathering = new EvidenceGathering(evidence, understanding, accounting, judge, turns);
    return {
      answerQuery: new AnswerQuery(gathering, new AnswerWriter(model, ids), ...others),
      searchChunks: new SearchChunks(gathering, ...others),
    };
  }
  const free = () => new ScriptedLanguageModel('free', quoteFirstSource);
  const unreachable = () => new ScriptedLanguageModel('free', [{ tokens: [], delayMs: 0, ending: 'unavailable' }]);
  const dear = () => new ScriptedLanguageModel('dear', quoteFirstSource);

  const budget = async () =>
    (await database.rows(tenant, 'SELECT reserved::int, (spent + overage)::int AS used FROM budgets'))[0] ?? { reserved: 0, used: 0 };
  const usage = () =>
    database.rows<{ kind: string; cost: number; query_id: string | null }>(
      tenant,
      'SELECT kind, cost_micro_usd::int AS cost, query_id FROM usage_records ORDER BY kind',
    );
  const outcomes = async () =>
    (await database.rows<{ outcome: string }>(tenant, `SELECT result->'response'->>'outcome' AS outcome FROM queries`)).map(
      ({ outcome }) => outcome,
    );
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'it went well',
      (error: unknown) => error,
    );

  it('reserves for the dearest of the models that may answer, before any of them is asked', async () => {
    await aTenant(5_000);
    const [first, second] = [unreachable(), dear()];
    const { answerQuery } = setUp(first, second);
    expect(await failureOf(answerQuery.execute(caller, QUERY, signal))).toBeInstanceOf(QuotaExceeded);
    expect([...first.requests, ...second.requests]).toEqual([]);
  });

  it('bills who answered, and gives back what was set aside for the dearest', async () => {
    await setUp(free(), dear()).answerQuery.execute(caller, QUERY, signal);
    expect(await budget()).toEqual({ reserved: 0, used: EMBEDDING_COST });
    const { cost } = await setUp(unreachable(), dear()).answerQuery.execute(caller, QUERY, signal);
    expect(cost).toBeGreaterThan(EMBEDDING_COST);
    expect(await budget()).toEqual({ reserved: 0, used: EMBEDDING_COST + cost });
  });

  describe('of a follow-up that a model writes anew', () => {
    const FOLLOW_UP: QueryInput = {
      ...{ ...QUERY, query: '그건 며칠이에요?', history: [{ role: 'user', content: '연차가 있나요?' }] },
      understanding: { ...AS_IT_STANDS, history: true },
    };
    const WRITING_COST = 4 * 4; // four tokens at 4 micro-USD; the prompt is counted beside it
    const writer = () =>
      new ScriptedLanguageModel('dear', [{ tokens: ['QUESTION:', ' 연차는', ' 며칠', '인가요?'], delayMs: 0, ending: 'finish' }]);

    it('reserves for whoever writes the question, too', async () => {
      await aTenant(12_000);
      await setUp(dear()).answerQuery.execute(caller, QUERY, signal);
      const model = dear();
      expect(await failureOf(setUp(model).answerQuery.execute(caller, FOLLOW_UP, signal))).toBeInstanceOf(QuotaExceeded);
      expect(model.requests).toEqual([]);
    });

    it('bills what it wrote with the search', async () => {
      const { cost, understanding } = await setUp(writer()).searchChunks.execute(caller, FOLLOW_UP, signal);
      expect(understanding).toMatchObject({ steps: ['rewritten'], searchedFor: '연차는 며칠인가요?', writtenBy: { model: 'dear' } });
      expect((await usage()).map(({ kind }) => kind)).toEqual(['generation', 'query_embedding']);
      expect(cost).toBeGreaterThan(WRITING_COST + 2 * EMBEDDING_COST);
      expect(await budget()).toEqual({ reserved: 0, used: cost });
    });

    it.each([
      ['what it wrote until its time was over', ['QUESTION:', ' 연차는'], WRITING_COST / 2],
      ['what it read, where it said nothing in its time', [], 0],
    ])('bills %s, and goes by the rules', async (_, tokens, written) => {
      const slow = new ScriptedLanguageModel('dear', [{ tokens, delayMs: 0, ending: 'hang' }]);
      const { cost, understanding, degraded } = await setUp(slow).searchChunks.execute(caller, FOLLOW_UP, signal);
      expect([understanding?.steps, degraded]).toEqual([['history'], ['query_rewriting_unavailable']]);
      const read = slow.requests[0]?.messages.reduce((sum, { content }) => sum + slow.countTokens(content), 0) ?? NaN;
      expect(read).toBeGreaterThan(100);
      expect(cost).toBeGreaterThanOrEqual(read + written + 2 * EMBEDDING_COST);
      expect(await budget()).toEqual({ reserved: 0, used: cost });
    });

    it('bills what it wrote when the search after it fails', async () => {
      chunks.broken = true;
      expect(await failureOf(setUp(writer()).searchChunks.execute(caller, FOLLOW_UP, signal))).toBeInstanceOf(RetrievalUnavailable);
      expect((await usage()).map(({ kind }) => kind)).toEqual(['generation', 'query_embedding']);
      expect(await budget()).toMatchObject({ reserved: 0 });
    });
  });

  const useCases = [
    ['an answer', (all: ReturnType<typeof setUp>) => all.answerQuery.execute(caller, QUERY, signal)],
    ['a search', (all: ReturnType<typeof setUp>) => all.searchChunks.execute(caller, QUERY, signal)],
  ] as const;

  describe.each(useCases)('of %s', (_name, ask) => {
    it('bills the embedding when the search after it fails, and frees the rest', async () => {
      chunks.broken = true;
      expect(await failureOf(ask(setUp(dear())))).toBeInstanceOf(RetrievalUnavailable);
      expect(await budget()).toEqual({ reserved: 0, used: EMBEDDING_COST });
      expect(await usage()).toEqual([{ kind: 'query_embedding', cost: EMBEDDING_COST, query_id: null }]);
    });

    it('tells why the search failed when the accounting fails too', async () => {
      chunks.broken = true;
      uow.faults.push(null, 'refused');
      const failure = await failureOf(ask(setUp(dear())));
      expect(failure).toBeInstanceOf(RetrievalUnavailable);
      expect(failure).toMatchObject({ cause: { message: 'search failed', cause: { message: 'unit refused' } } });
    });

    it('writes a query down once when nobody heard that it was written down', async () => {
      uow.faults.push(null, 'answer lost');
      const failure = await failureOf(ask(setUp(dear())));
      expect(failure).toMatchObject({ message: 'answer lost' });
      expect(failure).not.toHaveProperty('cause');
      expect(await outcomes()).toHaveLength(1);
      expect(await outcomes()).not.toContain('failed');
      expect((await usage()).filter(({ kind }) => kind === 'query_embedding')).toHaveLength(1);
      expect(
        await database.rows(tenant, 'SELECT 1 FROM audit_events a JOIN queries q ON q.tenant_id = a.tenant_id AND q.id = a.subject_id'),
      ).toHaveLength(1);
      expect(await budget()).toMatchObject({ reserved: 0 });
    });
  });

  it('records an answer that could not be recorded as failed, with all that it cost', async () => {
    uow.faults.push(null, 'refused');
    expect(await failureOf(setUp(dear()).answerQuery.execute(caller, QUERY, signal))).toMatchObject({ message: 'unit refused' });
    expect(await outcomes()).toEqual(['failed']);
    expect((await usage()).map(({ kind }) => kind)).toEqual(['generation', 'query_embedding']);
  });

  it('tells what went wrong with an answer when the accounting fails too', async () => {
    const broken = new ScriptedLanguageModel('dear', () => {
      throw new TypeError('a bug of ours');
    });
    uow.faults.push(null, 'refused');
    const failure = await failureOf(setUp(broken).answerQuery.execute(caller, QUERY, signal));
    expect(failure).toBeInstanceOf(TypeError);
    expect(failure).toMatchObject({ cause: { message: 'unit refused' } });
  });

  it('bills what was written until the reader left', async () => {
    for await (const event of setUp(dear()).answerQuery.stream(caller, QUERY, signal)) if (event.type === 'token') break;
    expect(await outcomes()).toEqual(['failed']);
    expect((await usage()).map(({ kind }) => kind)).toEqual(['generation', 'query_embedding']);
  });
});
