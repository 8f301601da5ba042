import { QueryId } from '@aegis/domain/answering/query-id';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import type { QueryInput, SearchAnswer } from './query-answer';
import type { QueryAccounting } from './query-accounting';
import { latencyOf, recordedInput, recordedRetrieval, startQuery } from './query-log';
import { sourceOf } from './sources';
import type { Caller } from '../shared/caller';
import { unkeyed, type Completion } from '../shared/completion';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import type { TraceContext } from '../shared/trace-context';
import type { TenantReader } from '../tenants/tenant-reader';
import type { EvidenceReader } from '../retrieval/evidence-reader';
import { judgeEvidence } from './judged-evidence';

/** Retrieval alone: what the documents say, without an answer made of it. */
export class SearchChunks {
  constructor(
    private readonly evidence: EvidenceReader,
    private readonly accounting: QueryAccounting,
    private readonly tenants: TenantReader,
    private readonly traces: TraceContext,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(
    caller: Caller,
    input: QueryInput,
    signal: AbortSignal,
    complete: Completion<SearchAnswer> = unkeyed,
  ): Promise<SearchAnswer> {
    const query = startQuery(QueryId.parse(this.ids.next()), this.clock.now(), input, await this.tenants.settings(caller.tenantId));
    const reservation = await this.accounting.reserve(caller, query, this.evidence.embeddingModel, []);
    let spent: UsageLine | null = null;
    try {
      const embedded = await this.evidence.embed(caller.tenantId, input, signal);
      spent = this.accounting.embeddingLine(this.evidence.embeddingModel, embedded.tokens);
      const evidence = await this.evidence.read(caller.tenantId, input, query.topK, embedded, signal);
      const retrieval = judgeEvidence(this.evidence.embeddingModel.name, input.query, evidence, query.topK);
      const { cost } = spent;
      const record = {
        id: query.id,
        askedAt: query.askedAt,
        kind: 'search',
        keyId: caller.keyId,
        corpusEpoch: retrieval.corpusEpoch,
        vectors: retrieval.vector === null ? [] : [retrieval.vector],
        input: recordedInput(query),
        retrieval: recordedRetrieval(retrieval),
        generation: null,
        response: { outcome: 'searched', answer: null, reasonCode: null, degraded: retrieval.degraded },
        cost,
        traceId: this.traces.traceId(),
      } as const;
      const { confidence, maxSimilarity, chunksSearched, degraded } = retrieval;
      const results = retrieval.chunks.map((chunk) => sourceOf(chunk, null));
      const found = { queryId: query.id, results, confidence, maxSimilarity, chunksSearched, degraded, cost, latencyMs: latencyOf(query) };
      await this.accounting.settle(caller, record, { reservation, usage: [spent] }, (tx) => complete(tx, found));
      return found;
    } catch (error) {
      return await this.accounting.abandon(caller, reservation, spent, error);
    }
  }
}
