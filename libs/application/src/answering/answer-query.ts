import { QueryId } from '@aegis/domain/answering/query-id';
import { queryLanguage } from '@aegis/domain/answering/query-language';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import type { EvidenceGathering, GatheredEvidence } from './evidence-gathering';
import type { Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { IdGenerator } from '../shared/id-generator';
import type { TraceContext } from '../shared/trace-context';
import { withLater } from '../shared/with-later';
import type { TenantReader } from '../tenants/tenant-reader';
import type { Transaction } from '../unit-of-work';
import type { AnswerWriter, Commission } from './answer-writer';
import type { DraftAnswer } from './draft-answer';
import { PROMPT_VERSION } from './prompt';
import { totalCost, type QueryAccounting } from './query-accounting';
import type { AnswerEvent, QueryAnswer, QueryInput, Source } from './query-answer';
import { latencyOf, recordedInput, recordedRetrieval, startQuery, type StartedQuery } from './query-log';
import type { RecordedResponse, RefusalCode } from './query-record';
import { refusalReason } from './refusal';
import { sourcesOf } from './sources';

/** Everything that belongs to one query while it is answered. */
interface OpenQuery extends GatheredEvidence {
  readonly caller: Caller;
  readonly query: StartedQuery;
}

/** What a model wrote since `startedAt` (monotonic milliseconds); null when none was asked. */
type Written = { readonly draft: DraftAnswer; readonly startedAt: number } | null;

/** Answers a question from the tenant's own documents, with citations, or says why not. Whatever happens, it is accounted for. */
export class AnswerQuery {
  constructor(
    private readonly gathering: EvidenceGathering,
    private readonly writer: AnswerWriter,
    private readonly accounting: QueryAccounting,
    private readonly tenants: TenantReader,
    private readonly traces: TraceContext,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(caller: Caller, input: QueryInput, signal: AbortSignal, complete: Completion<QueryAnswer> = unkeyed): Promise<QueryAnswer> {
    for await (const event of this.stream(caller, input, signal, complete)) if (event.type === 'done') return event.answer;
    throw new Error('an answer stream ended without an answer');
  }

  /** A reader that stops early ends the provider's call; what was produced until then is billed. */
  async *stream(
    caller: Caller,
    input: QueryInput,
    signal: AbortSignal,
    complete: Completion<QueryAnswer> = unkeyed,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const open = await this.open(caller, input, signal);
    let written: Written = null;
    let ended = false;
    try {
      const refusal = refusalOf(open);
      const commission = refusal === null ? this.writer.commission(open.query, open.retrieval, open.question) : null;
      yield retrievalEvent(open, commission);
      if (commission !== null) {
        written = { draft: commission.draft, startedAt: performance.now() };
        for await (const content of this.writer.write(commission, signal)) yield { type: 'token', content };
      }
      const answer = await this.conclude(open, written, refusal, complete);
      ended = true;
      yield { type: 'done', answer };
    } catch (error) {
      ended = true;
      throw await this.abandon(open, written, signal.aborted ? 'cancelled' : 'failed').then(
        () => error,
        (later: unknown) => withLater(error, later),
      );
    } finally {
      // The reader stopped early: nothing was thrown.
      if (!ended) await this.abandon(open, written, signal.aborted ? 'cancelled' : 'failed');
    }
  }

  private async open(caller: Caller, input: QueryInput, signal: AbortSignal): Promise<OpenQuery> {
    const query = startQuery(QueryId.parse(this.ids.next()), this.clock.now(), input, await this.tenants.settings(caller.tenantId));
    return { caller, query, ...(await this.gathering.gather(caller, query, this.writer.mayAnswer, signal)) };
  }

  /** An answer that its sources carry, else a refusal; recorded before anybody sees it. */
  private async conclude(
    open: OpenQuery,
    written: Written,
    refusal: RefusalCode | null,
    complete: Completion<QueryAnswer>,
  ): Promise<QueryAnswer> {
    const { query, retrieval, understanding } = open;
    const sources = written === null || written.draft.refused ? null : written.draft.citedSources();
    const degraded = [...retrieval.degraded, ...(written?.draft.degraded === true ? ['llm_unavailable'] : [])];
    const cost = totalCost(this.usageOf(open, written));
    const { confidence } = retrieval;
    const { cache } = retrieval;
    const common = { queryId: query.id, confidence, cache, degraded, understanding, cost, latencyMs: latencyOf(query) };
    if (written === null || sources === null) {
      const reasonCode = refusal ?? 'unsupported_claims';
      const reason = refusalReason(reasonCode, queryLanguage(query.input.query, query.settings.language), retrieval);
      const { maxSimilarity } = retrieval;
      const refused: QueryAnswer = { ...common, refused: true, reason, reasonCode, maxSimilarity, sources: [] };
      await this.settle(open, written, { outcome: 'refused', answer: null, reasonCode, degraded }, (tx) => complete(tx, refused));
      return refused;
    }
    const { draft } = written;
    const usage = { ...draft.tokens, embeddingTokens: retrieval.embeddingTokens };
    const answered: QueryAnswer = { ...common, refused: false, answer: draft.text, sources, model: draft.writtenBy.model, usage };
    const response = { outcome: 'answered', answer: draft.text, reasonCode: null, degraded } as const;
    await this.settle(open, written, response, (tx) => complete(tx, answered));
    return answered;
  }

  /** No answer: a key that the request came with stays without one. */
  private async abandon(open: OpenQuery, written: Written, outcome: 'cancelled' | 'failed'): Promise<void> {
    const response = { outcome, answer: written?.draft.text ?? null, reasonCode: null, degraded: open.retrieval.degraded };
    await this.settle(open, written, response, () => Promise.resolve());
  }

  private usageOf({ spent }: OpenQuery, written: Written): readonly UsageLine[] {
    return [...spent, ...this.generationLines(written)];
  }

  private settle(
    open: OpenQuery,
    written: Written,
    response: RecordedResponse,
    complete: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const { caller, query, reservation, retrieval, understanding } = open;
    const usage = this.usageOf(open, written);
    const record = {
      id: query.id,
      askedAt: query.askedAt,
      kind: 'query',
      keyId: caller.keyId,
      corpusEpoch: retrieval.corpusEpoch,
      vectors: retrieval.vector === null ? [] : [retrieval.vector],
      input: recordedInput(query),
      retrieval: recordedRetrieval(retrieval, understanding),
      generation: recordedGeneration(written),
      response,
      cost: totalCost(usage),
      traceId: this.traces.traceId(),
    } as const;
    return this.accounting.settle(caller, record, { reservation, usage }, complete);
  }

  private generationLines(written: Written) {
    if (written === null) return [];
    const { promptTokens, completionTokens } = written.draft.tokens;
    return [this.accounting.generationLine(written.draft.writtenBy, promptTokens, completionTokens)];
  }
}

/** Whether there is anything to answer from. */
function refusalOf({ query, retrieval }: OpenQuery): RefusalCode | null {
  if (retrieval.chunksSearched === 0) return 'no_documents';
  return retrieval.chunks.length === 0 || retrieval.confidence < query.minConfidence ? 'insufficient_evidence' : null;
}

const recordedGeneration = (written: Written) =>
  written && {
    ...written.draft.writtenBy,
    promptVersion: PROMPT_VERSION,
    ...written.draft.tokens,
    latencyMs: Math.round(performance.now() - written.startedAt),
  };

/** Weak evidence is not shown: a refusal has no sources. */
function retrievalEvent({ query, retrieval }: OpenQuery, commission: Commission | null): AnswerEvent {
  const numberOf = (chunkId: string): number | null => commission?.numbers.get(chunkId) ?? null;
  const sources: readonly Source[] = commission === null ? [] : sourcesOf(retrieval, numberOf);
  const { confidence, maxSimilarity, chunks } = retrieval;
  return { type: 'retrieval', queryId: query.id, chunksFound: chunks.length, maxSimilarity, confidence, sources };
}
