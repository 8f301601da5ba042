import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AnswerQuery } from '@aegis/application/answering/answer-query';
import { AnswerabilityCheck } from '@aegis/application/answering/answerability-check';
import { AnswerWriter } from '@aegis/application/answering/answer-writer';
import { ConfidenceJudge } from '@aegis/application/answering/confidence-judge';
import { EvidenceGathering } from '@aegis/application/answering/evidence-gathering';
import { IssueStreamTicket } from '@aegis/application/answering/issue-stream-ticket';
import { QueryAccounting } from '@aegis/application/answering/query-accounting';
import { QueryPermits } from '@aegis/application/answering/query-permits';
import { QueryUnderstanding } from '@aegis/application/answering/query-understanding';
import { QuestionWriter } from '@aegis/application/answering/question-writer';
import { RedeemStreamTicket } from '@aegis/application/answering/redeem-stream-ticket';
import { ReplayQuery } from '@aegis/application/answering/replay-query';
import { ReplayReader } from '@aegis/application/answering/replay-reader';
import { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { LanguageModel } from '@aegis/application/providers/language-model';
import { ChunkReader } from '@aegis/application/retrieval/chunk-reader';
import { EvidenceReader } from '@aegis/application/retrieval/evidence-reader';
import { DirectQueryEmbeddings, QueryEmbeddings } from '@aegis/application/retrieval/query-embeddings';
import { Reranker } from '@aegis/application/retrieval/reranker';
import { ResultCache } from '@aegis/application/retrieval/result-cache';
import { MachineTurns } from '@aegis/application/shared/machine-turns';
import { SearchChunks } from '@aegis/application/answering/search-chunks';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { Metrics } from '@aegis/application/shared/metrics';
import { TokenSigner } from '@aegis/application/shared/token-signer';
import { TraceContext } from '@aegis/application/shared/trace-context';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { PriceList } from '@aegis/domain/shared/price-list';
import { queryEmbeddings } from '@aegis/infrastructure/retrieval/cached-query-embeddings';
import { resultCache } from '@aegis/infrastructure/retrieval/remembered-results';
import { answerabilityChecks } from '@aegis/infrastructure/providers/answerability/registry';
import { openReranker } from '@aegis/infrastructure/providers/reranker/registry';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { QueryController } from '@aegis/presentation/answering/query.controller';
import { ReplayController } from '@aegis/presentation/answering/replay.controller';
import { SearchController } from '@aegis/presentation/answering/search.controller';

/** Questions and searches share retrieval and accounting. */
@Module({
  controllers: [QueryController, SearchController, ReplayController],
  providers: [
    {
      provide: QueryPermits,
      inject: [Platform, Metrics],
      useFactory: ({ settings }: Platform, metrics: Metrics) => new QueryPermits(settings.maxConcurrentQueries, metrics),
    },
    {
      provide: MachineTurns,
      inject: [Platform],
      useFactory: ({ settings }: Platform) => new MachineTurns(settings.retrievalConcurrency, settings.embedding.provider === 'onnx'),
    },
    {
      provide: QueryEmbeddings,
      inject: [Platform, EmbeddingModel, MachineTurns, Metrics],
      useFactory: ({ settings }: Platform, model: EmbeddingModel, turns: MachineTurns, metrics: Metrics) =>
        queryEmbeddings(new DirectQueryEmbeddings(model, turns), metrics, settings.embeddingCacheBytes),
    },
    { provide: Reranker, inject: [Platform], useFactory: ({ settings }: Platform) => openReranker(settings.reranker) },
    {
      provide: ResultCache,
      inject: [Platform, MachineTurns, Metrics],
      useFactory: ({ settings, database }: Platform, turns: MachineTurns, metrics: Metrics) =>
        resultCache(database.tenants, turns, metrics, settings.resultCacheBytes),
    },
    provide(EvidenceReader, [QueryEmbeddings, ChunkReader, ResultCache, Reranker, MachineTurns, Metrics]),
    provide(AnswerWriter, [LanguageModel, IdGenerator]),
    {
      provide: QuestionWriter,
      inject: [Platform, LanguageModel, IdGenerator],
      useFactory: ({ settings }: Platform, model: LanguageModel, ids: IdGenerator) =>
        new QuestionWriter(model, ids, settings.queryRewriting),
    },
    provide(QueryUnderstanding, [QuestionWriter]),
    provide(QueryAccounting, [UnitOfWork, PriceList, IdGenerator, Clock, MachineTurns]),
    {
      provide: AnswerabilityCheck,
      inject: [Platform],
      useFactory: ({ settings }: Platform) => answerabilityChecks[settings.answerability](),
    },
    provide(ConfidenceJudge, [AnswerabilityCheck]),
    provide(EvidenceGathering, [EvidenceReader, QueryUnderstanding, QueryAccounting, ConfidenceJudge, MachineTurns]),
    provide(AnswerQuery, [EvidenceGathering, AnswerWriter, QueryAccounting, TenantReader, TraceContext, IdGenerator, Clock]),
    provide(SearchChunks, [EvidenceGathering, QueryAccounting, TenantReader, TraceContext, IdGenerator, Clock]),
    provide(ReplayQuery, [ReplayReader, EvidenceReader, QueryAccounting, ConfidenceJudge, TenantReader, UnitOfWork, Clock]),
    provide(IssueStreamTicket, [UnitOfWork, TokenSigner, IdGenerator, Clock]),
    provide(RedeemStreamTicket, [UnitOfWork, TokenSigner, Clock]),
  ],
  exports: [RedeemStreamTicket],
})
export class AnsweringModule implements OnApplicationShutdown {
  constructor(@Inject(Reranker) private readonly reranker: Reranker) {}

  onApplicationShutdown(): Promise<void> {
    return this.reranker.close();
  }
}
