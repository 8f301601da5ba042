import { QueryId } from '@aegis/domain/answering/query-id';
import type { QueryInput, SearchAnswer } from './query-answer';
import { totalCost, type QueryAccounting } from './query-accounting';
import { latencyOf, recordedInput, recordedRetrieval, startQuery } from './query-log';
import { sourcesOf } from './sources';
import type { Caller } from '../shared/caller';
import { unkeyed, type Completion } from '../shared/completion';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import type { TraceContext } from '../shared/trace-context';
import type { TenantReader } from '../tenants/tenant-reader';
import type { EvidenceGathering } from './evidence-gathering';

/** Retrieval alone: what the documents say, without an answer made of it. */
export class SearchChunks {
  constructor(
    private readonly gathering: EvidenceGathering,
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
    const { reservation, retrieval, understanding, spent } = await this.gathering.gather(caller, query, [], signal);
    try {
      const cost = totalCost(spent);
      const record = {
        id: query.id,
        askedAt: query.askedAt,
        kind: 'search',
        keyId: caller.keyId,
        corpusEpoch: retrieval.corpusEpoch,
        vectors: retrieval.vector === null ? [] : [retrieval.vector],
        input: recordedInput(query),
        retrieval: recordedRetrieval(retrieval, understanding),
        generation: null,
        response: { outcome: 'searched', answer: null, reasonCode: null, degraded: retrieval.degraded },
        cost,
        traceId: this.traces.traceId(),
      } as const;
      const { confidence, uncalibratedConfidence, judgedBy, gaps, cache, maxSimilarity, chunksSearched, degraded } = retrieval;
      const results = sourcesOf(retrieval);
      const common = { queryId: query.id, confidence, cache, degraded, understanding, cost, latencyMs: latencyOf(query) };
      const found = { ...common, results, maxSimilarity, chunksSearched, uncalibratedConfidence, judgedBy, gaps };
      await this.accounting.settle(caller, record, { reservation, usage: spent }, (tx) => complete(tx, found));
      return found;
    } catch (error) {
      return await this.accounting.abandon(caller, reservation, spent, error);
    }
  }
}
