import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';
import { RetrievalUnavailable } from '@aegis/domain/retrieval/retrieval-errors';
import { DomainError } from '@aegis/domain/shared/domain-error';
import { NOTHING_MORE, type SearchPlan } from '@aegis/domain/retrieval/understanding/search-plan';
import { queryTerms } from '@aegis/domain/shared/query-terms';
import { CANDIDATES_PER_LEG, type RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import { fuse, type FusionMethod, type SearchStrategy } from '@aegis/domain/retrieval/rank-fusion';
import type { SearchFilter } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { CrossEncoderIdentity, PairUsage } from '../providers/cross-encoder';
import type { EmbeddingModelIdentity } from '../providers/embedding-model';
import { ProviderError } from '../providers/provider-error';
import type { MachineTurns } from '../shared/machine-turns';
import type { Metrics } from '../shared/metrics';
import { byScores } from './cross-reranker';
import type { AsOf, ChunkReader, FoundChunk, FoundChunks } from './chunk-reader';
import { plannedVector, similarityScale } from './planned-vector';
import type { Reranked, Reranker } from './reranker';
import type { QueryEmbeddings } from './query-embeddings';
import type { ResultCache } from './result-cache';

/** Another one whenever the same candidates may come in another order: a replay tells it from a difference that nobody can explain. */
export const RANKING_VERSION = '2026-11-22.3';

/** What evidence is looked for. */
export interface EvidenceRequest {
  /** 1 to 8,000 characters, trimmed. */
  readonly query: string;
  readonly asOf: AsOf;
  readonly filter: SearchFilter;
  readonly strategy: SearchStrategy;
  readonly fusion: FusionMethod;
  /** Weight of the vector side, 0 to 1. */
  readonly alpha: number;
  /** Whether a second look may change the order of the fusion. Default: not. */
  readonly rerank?: boolean;
  /** What is searched with beside the query; without one, nothing. */
  readonly plan?: SearchPlan;
  /** Of a replay: what a cross-encoder said of the chunks then, null where none had a say. Nobody is asked again. */
  readonly kept?: ReadonlyMap<string, number> | null;
}

/** What a cross-encoder said of the best candidates. */
export interface Encoded {
  readonly by: CrossEncoderIdentity;
  /** By chunk id. */
  readonly scores: ReadonlyMap<string, number>;
  /** What it bills for that; nothing where it was said before. */
  readonly usage: PairUsage;
}

export interface Evidence {
  /** All candidates, best first. */
  readonly ranked: readonly RankedChunk<FoundChunk>[];
  /** Null where no cross-encoder decided the order. */
  readonly encoded: Encoded | null;
  /** Ids of the candidates in the order of the fusion alone: what the confidence was fitted on. */
  readonly fusedOrder: readonly string[];
  /** By chunk id, of the candidates whose token vectors were compared with the query's. */
  readonly late: ReadonlyMap<string, LateInteraction>;
  readonly chunksSearched: number;
  /** Sum of the idf of all the query's terms. */
  readonly totalIdf: number;
  /** Of all candidates; null while vectors cannot be searched. */
  readonly maxSimilarity: number | null;
  readonly corpusEpoch: number;
  /** The moment whose versions were searched; null: those that were the latest in that state. */
  readonly validAt: Date | null;
  /** Null: no vector was searched with. */
  readonly vectorRoute: FoundChunks['vectorRoute'];
  /** What was searched with; null while vectors cannot be searched. */
  readonly vector: Float32Array | null;
  /** The query's compressed token vectors; null where the model shows none, and where nothing was compared with them. */
  readonly queryCodes: Uint8Array | null;
  readonly embeddingTokens: number;
  readonly degraded: readonly string[];
  /** `hit`: served as it was found before, in the same state. */
  readonly cache: 'hit' | 'miss';
  readonly latencyMs: number;
}

/** A query as the embedding model sees it. */
export interface EmbeddedQuery {
  /** Null when the model cannot be reached: BM25 answers alone. */
  readonly vector: Float32Array | null;
  /** Its compressed token vectors; null where the model shows none. */
  readonly codes: Uint8Array | null;
  /** What the provider bills, whatever becomes of the search. */
  readonly tokens: number;
  readonly degraded: readonly string[];
  /** Monotonic milliseconds. */
  readonly startedAt: number;
}

/** Embeds a query, then searches both legs and joins them: two steps, because the first is paid even when the second fails. */
export class EvidenceReader {
  constructor(
    private readonly embeddings: QueryEmbeddings,
    private readonly chunks: ChunkReader,
    private readonly results: ResultCache,
    private readonly reranker: Reranker,
    private readonly turns: MachineTurns,
    private readonly metrics: Metrics,
  ) {}

  /** The cross-encoder that may be asked; null without one. */
  get crossEncoder(): CrossEncoderIdentity | null {
    return this.reranker.encodes;
  }

  get embeddingModel(): EmbeddingModelIdentity {
    return this.embeddings.identity;
  }

  async read(tenantId: TenantId, input: EvidenceRequest, topK: number, embedded: EmbeddedQuery, signal: AbortSignal): Promise<Evidence> {
    const question = isOfThePresent(input.asOf) ? this.questionOf(input, topK, embedded) : null;
    const known = question === null ? null : await this.results.find(tenantId, question, signal);
    const evidence = known ?? (await this.search(tenantId, input, topK, embedded, signal));
    if (question !== null && known === null && evidence.degraded.length === embedded.degraded.length)
      this.results.keep(tenantId, question, evidence);
    this.measure(embedded.vector === null ? 'bm25' : input.strategy, evidence.ranked[0]?.score ?? null, embedded.startedAt);
    const { tokens: embeddingTokens, startedAt } = embedded;
    const degraded = known === null ? evidence.degraded : embedded.degraded;
    return {
      ...evidence,
      embeddingTokens,
      degraded,
      encoded: known === null || evidence.encoded === null ? evidence.encoded : { ...evidence.encoded, usage: NOTHING_USED },
      cache: known === null ? 'miss' : 'hit',
      latencyMs: Math.round(performance.now() - startedAt),
    };
  }

  /** All that decides what is found, besides the tenant and the state of its corpus. */
  private questionOf(input: EvidenceRequest, topK: number, { vector }: EmbeddedQuery): string {
    const { provider, name, digest, dimensions } = this.embeddings.identity;
    return JSON.stringify([RANKING_VERSION, provider, name, digest, dimensions, vector === null, topK, input]);
  }

  private async search(
    tenantId: TenantId,
    input: EvidenceRequest,
    topK: number,
    embedded: EmbeddedQuery,
    signal: AbortSignal,
  ): Promise<Evidence> {
    const depth = Math.max(CANDIDATES_PER_LEG, topK);
    const strategy = embedded.vector === null ? 'bm25' : input.strategy;
    const found = await this.turns
      .run(tenantId, 'database', signal, () => this.searchBoth(tenantId, input, embedded, depth))
      .catch((error: unknown) => {
        if (!signal.aborted) this.metrics.count('rag_search_requests_total', { strategy, outcome: 'failed' });
        throw error;
      });
    const similarities = found.chunks.flatMap(({ similarity }) => (similarity === null ? [] : [similarity]));
    const fused = fuse(found.chunks, { strategy, fusion: input.fusion, alpha: input.alpha });
    const { ranked, late, degraded, encoded } = await this.rerank(input, fused, found, embedded.codes, signal);
    return {
      ranked,
      encoded: encoded === undefined || this.crossEncoder === null ? null : { ...encoded, by: this.crossEncoder },
      fusedOrder: fused.map(({ chunkId }) => chunkId),
      late,
      chunksSearched: found.chunksSearched,
      totalIdf: found.totalIdf,
      maxSimilarity: similarities.length === 0 ? null : Math.max(...similarities),
      corpusEpoch: found.corpusEpoch,
      validAt: found.validAt,
      vectorRoute: found.vectorRoute,
      vector: embedded.vector,
      queryCodes: input.rerank === true ? embedded.codes : null,
      embeddingTokens: embedded.tokens,
      degraded: [...embedded.degraded, ...degraded],
      cache: 'miss',
      latencyMs: Math.round(performance.now() - embedded.startedAt),
    };
  }

  private async rerank(
    input: EvidenceRequest,
    fused: readonly RankedChunk<FoundChunk>[],
    { totalIdf, idf, tokenCodes }: FoundChunks,
    queryCodes: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<Reranked> {
    const { query, alpha, kept } = input;
    if (input.rerank !== true || fused.length === 0) return { ranked: fused, late: new Map(), degraded: [] };
    const asksNobody = kept !== undefined;
    const found = await this.reranker.rerank({ query, totalIdf, idf, alpha, fused, queryCodes, tokenCodes, asksNobody, signal });
    return kept === undefined || kept === null ? found : { ...found, ranked: byScores(found.ranked, kept) };
  }

  private measure(strategy: SearchStrategy, bestScore: number | null, startedAt: number): void {
    this.metrics.count('rag_search_requests_total', { strategy, outcome: bestScore === null ? 'nothing' : 'found' });
    this.metrics.observe('rag_search_latency_seconds', { strategy }, (performance.now() - startedAt) / 1_000);
    if (bestScore !== null) this.metrics.observe('rag_rerank_top1_score', { strategy }, bestScore);
  }

  /** Without a vector BM25 answers alone: a provider that is down never fails a query. */
  async embed(tenantId: TenantId, input: EvidenceRequest, signal: AbortSignal): Promise<EmbeddedQuery> {
    const startedAt = performance.now();
    try {
      const model = this.embeddings.of(tenantId);
      const { vector, codes, tokens, truncated } = await plannedVector(model, input.query, input.plan ?? NOTHING_MORE, signal);
      return {
        vector,
        codes,
        tokens,
        degraded: truncated ? ['query_truncated_for_vector_search'] : [],
        startedAt,
      };
    } catch (error) {
      if (!(error instanceof ProviderError) || signal.aborted) throw error;
      return { vector: null, codes: null, tokens: 0, degraded: ['vector_search_unavailable'], startedAt };
    }
  }

  private async searchBoth(tenantId: TenantId, input: EvidenceRequest, embedded: EmbeddedQuery, depth: number): Promise<FoundChunks> {
    const { vector } = embedded;
    const { filter, asOf, plan = NOTHING_MORE } = input;
    const own = new Set(queryTerms(input.query));
    const termWeights = new Map(plan.terms.filter(({ term }) => !own.has(term)).map(({ term, weight }) => [term, weight]));
    const terms = [...own, ...termWeights.keys()];
    const scale = similarityScale(vector);
    try {
      const looksCloser = input.rerank === true && embedded.codes !== null;
      const found = await this.chunks.search({
        ...{ tenantId, vector, terms, termWeights, filter, asOf, depth, exact: false },
        nearestOnly: vector !== null && input.strategy === 'vector',
        ...(looksCloser && { tokenCodesFor: (chunks) => this.reranker.tokenCodesFor(input.query, fuse(chunks, input)) }),
      });
      return scale === 1 ? found : { ...found, chunks: found.chunks.map((chunk) => scaled(chunk, scale)) };
    } catch (error) {
      if (error instanceof DomainError && error.kind !== 'unavailable') throw error;
      throw new RetrievalUnavailable({ cause: error });
    }
  }
}

const NOTHING_USED: PairUsage = { tokens: 0, searches: 0 };

const isOfThePresent = ({ validAt, knownAt, atEpoch }: AsOf): boolean => validAt === null && knownAt === null && atEpoch === undefined;

const scaled = (chunk: FoundChunk, scale: number): FoundChunk =>
  chunk.similarity === null ? chunk : { ...chunk, similarity: chunk.similarity * scale };
