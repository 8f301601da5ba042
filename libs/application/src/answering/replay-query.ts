import type { QueryId } from '@aegis/domain/answering/query-id';
import { ModelRetired } from '@aegis/domain/answering/model-retired';
import { differencesOf, reasonOf, type ReplayDifference, type ReplayReason, type ReplaySource } from '@aegis/domain/answering/replay';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { Reservation } from '@aegis/domain/shared/reservation';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import type { ConfidenceJudge } from './confidence-judge';
import { judgedEvidence, selectionFor, type JudgedEvidence } from './judged-evidence';
import type { QueryAccounting } from './query-accounting';
import { startQuery } from './query-log';
import type { RecordedRetrieval } from './query-record';
import { RANKING_VERSION, type EmbeddedQuery, type EvidenceReader } from '../retrieval/evidence-reader';
import { actorOf, type Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { TenantReader } from '../tenants/tenant-reader';
import type { UnitOfWork } from '../unit-of-work';
import { AS_IT_STANDS } from '../retrieval/question-reader';
import type { DeletedSince, RepeatableQuery, ReplayReader, SearchedState } from './replay-reader';
import { repeatedSearch, searchedState } from './repeated-search';

export interface Replay {
  readonly queryId: QueryId;
  readonly identical: boolean;
  /** Null where it is identical. */
  readonly reason: ReplayReason | null;
  readonly state: SearchedState;
  /** `none`: the first search had none either. */
  readonly vector: 'kept' | 'embedded_again' | 'none';
  readonly original: RecordedRetrieval;
  readonly replayed: JudgedEvidence;
  readonly differences: readonly ReplayDifference[];
  readonly deletedDocuments: DeletedSince['documents'];
}

/** The vector of a repeated query, and what it cost to have it. */
interface Vector {
  readonly kind: Replay['vector'];
  readonly embedded: EmbeddedQuery;
  readonly spent: { readonly reservation: Reservation; readonly line: UsageLine } | null;
}

/** Searches again what a query searched, in the state that it saw, and says whether the sources are the same. No model writes anything. */
export class ReplayQuery {
  constructor(
    private readonly queries: ReplayReader,
    private readonly evidence: EvidenceReader,
    private readonly accounting: QueryAccounting,
    private readonly confidence: ConfidenceJudge,
    private readonly tenants: TenantReader,
    private readonly uow: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Throws NotFound, ModelRetired, RetrievalUnavailable; QuotaExceeded only where the query must be embedded anew. */
  async execute(caller: Caller, queryId: QueryId, signal: AbortSignal, complete: Completion<Replay> = unkeyed): Promise<Replay> {
    const query = await this.queries.find(caller.tenantId, queryId);
    if (query === null) throw new NotFound('query');
    const { name, digest } = this.evidence.embeddingModel;
    const serves = query.model.name === name && query.model.digest === digest;
    if (query.model.isRetired || (query.vectors === null && !serves)) throw new ModelRetired();
    const vector = await this.vectorOf(caller, query, signal);
    const replay = await this.searchAgain(caller, query, vector, signal).catch((error: unknown) =>
      vector.spent === null
        ? Promise.reject(error as Error)
        : this.accounting.abandon(caller, vector.spent.reservation, [vector.spent.line], error),
    );
    await this.uow.run(caller.tenantId, async (tx) => {
      await complete(tx, replay);
      if (vector.spent !== null) await tx.usage.post(vector.spent.reservation, [vector.spent.line], { queryId, documentId: null });
      const { identical, reason } = replay;
      tx.record({ type: 'query.replayed', occurredAt: this.clock.now(), actor: actorOf(caller), queryId, identical, reason });
    });
    return replay;
  }

  private async searchAgain(
    caller: Caller,
    { record, model }: RepeatableQuery,
    { kind, embedded }: Vector,
    signal: AbortSignal,
  ): Promise<Replay> {
    const { topK } = record.input;
    const request = repeatedSearch(record);
    const evidence = await this.evidence.read(caller.tenantId, request, topK, embedded, signal);
    const selection = selectionFor(request, topK, record.kind === 'query' ? 'answer' : 'results');
    // As it was calibrated then: what was learned since would make two figures of one.
    const { calibration = null } = record.retrieval;
    const judged = { embeddingModel: model.name, request, askedAt: record.askedAt, evidence, calibration };
    const replayed = judgedEvidence(evidence, await this.confidence.judge(judged, signal), selection);
    const original = record.retrieval;
    const state = searchedState(record);
    const deleted = await this.queries.deletedSince(caller.tenantId, state, original.chunkIds);
    const differences = differencesOf(sourcesOf(original), replayed.chunks.map(asSource), new Set(deleted.chunkIds));
    const reason = reasonOf(differences, {
      deletedDocuments: deleted.documents.length,
      vectorWasKept: kind !== 'embedded_again',
      wasApproximate: original.vectorRoute === 'index',
      rankingIsTheSame: original.rankingVersion === RANKING_VERSION,
    });
    const identical = differences.length === 0;
    const { documents: deletedDocuments } = deleted;
    return { queryId: record.id, identical, reason, state, vector: kind, original, replayed, differences, deletedDocuments };
  }

  private async vectorOf(caller: Caller, { record, vectors }: RepeatableQuery, signal: AbortSignal): Promise<Vector> {
    const [vector = null] = vectors ?? [];
    const startedAt = performance.now();
    const withoutVectors = record.response.degraded.includes('vector_search_unavailable');
    if (vectors !== null || withoutVectors) {
      const { queryCodes } = record.retrieval;
      const codes = queryCodes === undefined ? null : Uint8Array.from(atob(queryCodes), (character) => character.charCodeAt(0));
      return { kind: vector === null ? 'none' : 'kept', embedded: { vector, codes, tokens: 0, degraded: [], startedAt }, spent: null };
    }
    const { topK, minConfidence } = record.input;
    const input = { ...repeatedSearch(record), topK, minConfidence, history: [], understanding: AS_IT_STANDS };
    const query = startQuery(record.id, this.clock.now(), input, await this.tenants.settings(caller.tenantId));
    const reservation = await this.accounting.reserve(caller, query, this.evidence.embeddingModel, []);
    try {
      const embedded = await this.evidence.embed(caller.tenantId, input, signal);
      const line = this.accounting.embeddingLine(this.evidence.embeddingModel, embedded.tokens);
      return { kind: 'embedded_again', embedded, spent: { reservation, line } };
    } catch (error) {
      return await this.accounting.abandon(caller, reservation, [], error);
    }
  }
}

const sourcesOf = ({ chunkIds, scores }: RecordedRetrieval): readonly ReplaySource[] =>
  chunkIds.map((chunkId, index) => ({ chunkId, scores: scores?.[index] ?? null }));

const asSource = ({ chunkId, similarity, score }: JudgedEvidence['chunks'][number]): ReplaySource => ({
  chunkId,
  scores: { similarity, score },
});
