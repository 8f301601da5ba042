import type { QueryInput } from '@aegis/application/answering/query-answer';
import { RuleBasedAnswerability } from '@aegis/application/answering/answerability-check';
import { ConfidenceJudge } from '@aegis/application/answering/confidence-judge';
import { QueryAccounting } from '@aegis/application/answering/query-accounting';
import { EvidenceGathering } from '@aegis/application/answering/evidence-gathering';
import { QueryUnderstanding } from '@aegis/application/answering/query-understanding';
import { QuestionWriter } from '@aegis/application/answering/question-writer';
import { SearchChunks } from '@aegis/application/answering/search-chunks';
import { ReplayQuery } from '@aegis/application/answering/replay-query';
import { EvidenceReader } from '@aegis/application/retrieval/evidence-reader';
import { NoReranker } from '@aegis/application/retrieval/reranker';
import { AS_IT_STANDS } from '@aegis/application/retrieval/question-reader';
import type { Caller } from '@aegis/application/shared/caller';
import { DirectQueryEmbeddings } from '@aegis/application/retrieval/query-embeddings';
import { MachineTurns } from '@aegis/application/shared/machine-turns';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { PriceList } from '@aegis/domain/shared/price-list';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ExtractiveLanguageModel } from '@aegis/infrastructure/providers/language-model/extractive-language-model';
import { PostgresReplayReader } from '@aegis/infrastructure/answering/postgres-replay-reader';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { queryEmbeddings } from '@aegis/infrastructure/retrieval/cached-query-embeddings';
import { resultCache } from '@aegis/infrastructure/retrieval/remembered-results';
import { SystemClock } from '@aegis/infrastructure/system/system-clock';
import { OtelTraceContext } from '@aegis/infrastructure/telemetry/otel-trace-context';
import { PrometheusMetrics } from '@aegis/infrastructure/telemetry/metrics';
import { PostgresTenantReader } from '@aegis/infrastructure/tenants/postgres-tenant-reader';
import { ids, type TestDatabase } from './database';
import { WaveringEmbeddingModel } from './wavering-embedding-model';

export const ANY_QUERY: QueryInput = {
  ...{ query: '연차는 며칠인가?', topK: 5, minConfidence: 0, filter: NO_FILTER, asOf: { validAt: null, knownAt: null } },
  ...{ strategy: 'hybrid', fusion: 'score', alpha: 0.5, history: [], understanding: AS_IT_STANDS },
};

export const RETIRED_VECTOR_HOURS = 72;

export const callerOf = (tenantId: TenantId): Caller => ({
  ...{ tenantId, keyId: ApiKeyId.parse(ids.next()), keyName: 'a key', scopes: ['query', 'audit:read'], rateLimitRps: null },
});

export interface SearchingOptions {
  /** Of the model's weights, other than those that are registered. */
  readonly digest?: string;
  /** Of the memories of query vectors and of results. */
  readonly cacheBytes?: number;
}

/** Searching and replaying on a database, with the model that is registered there. */
export async function searchingOn(database: TestDatabase, { digest, cacheBytes = 0 }: SearchingOptions = {}) {
  const [registered] = await database.allRows<{ name: string; digest: string }>(
    'SELECT name, digest FROM embedding_models WHERE model_version = $1',
    [database.platform.model.version],
  );
  if (registered === undefined) throw new Error('no embedding model is registered');
  const { dimensions } = database.platform.model;
  const model = new WaveringEmbeddingModel({
    provider: 'priced',
    ...registered,
    ...(digest !== undefined && { digest }),
    dimensions,
    maxTokens: 512,
  });
  const { connections, tenants, routing } = database.platform;
  const turns = new MachineTurns(3, true);
  const clock = new SystemClock();
  const metrics = new PrometheusMetrics({ processMetrics: false });
  const uow = database.uow();
  const evidence = new EvidenceReader(
    queryEmbeddings(new DirectQueryEmbeddings(model, turns), metrics, cacheBytes),
    new PostgresChunkReader(tenants, database.platform.model, routing),
    resultCache(tenants, turns, metrics, cacheBytes),
    new NoReranker(),
    turns,
    metrics,
  );
  const accounting = new QueryAccounting(uow, new PriceList({ priced: { [registered.name]: { input: 2, output: 0 } } }), ids, clock, turns);
  const judge = new ConfidenceJudge(new RuleBasedAnswerability());
  const settings = new PostgresTenantReader(connections, tenants);
  const writer = new QuestionWriter(new ExtractiveLanguageModel(), ids, { rewrites: false, timeoutMs: 1_000 });
  return {
    model,
    metrics,
    searchChunks: new SearchChunks(
      new EvidenceGathering(evidence, new QueryUnderstanding(writer), accounting, judge, turns),
      accounting,
      settings,
      new OtelTraceContext(),
      ids,
      clock,
    ),
    replayQuery: new ReplayQuery(
      new PostgresReplayReader(tenants, RETIRED_VECTOR_HOURS),
      evidence,
      accounting,
      judge,
      settings,
      uow,
      clock,
    ),
  };
}
