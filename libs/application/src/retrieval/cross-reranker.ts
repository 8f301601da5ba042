import { CANDIDATES_PER_LEG, type RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import { reordered } from '@aegis/domain/retrieval/rerank';
import {
  PAIR_PASSAGE_CHARACTERS,
  PAIR_QUERY_CHARACTERS,
  PAIRS,
  type CrossEncoder,
  type CrossEncoderIdentity,
} from '../providers/cross-encoder';
import { ProviderError } from '../providers/provider-error';
import type { FoundChunk } from './chunk-reader';
import { Reranker, type Reranked, type RerankRequest } from './reranker';

/** Lets a cross-encoder read what another reranker put in front. Where it does not answer, the order of the other stays. */
export class CrossReranker extends Reranker {
  constructor(
    private readonly first: Reranker,
    private readonly encoder: CrossEncoder,
  ) {
    super();
  }

  override get encodes(): CrossEncoderIdentity {
    return this.encoder.identity;
  }

  tokenCodesFor(query: string, fused: readonly RankedChunk<FoundChunk>[]): readonly string[] {
    return this.first.tokenCodesFor(query, fused);
  }

  async rerank(request: RerankRequest): Promise<Reranked> {
    const before = await this.first.rerank(request);
    const chosen = before.ranked.filter(isAhead).slice(0, PAIRS);
    if (chosen.length < 2 || request.asksNobody === true) return before;
    const query = cut(request.query, PAIR_QUERY_CHARACTERS);
    try {
      const { scores, usage } = await this.encoder.score({ query, passages: chosen.map(passageOf), signal: request.signal });
      const kept = new Map(chosen.map(({ chunkId }, at) => [chunkId, rounded(scores[at] ?? 0)]));
      return { ...before, ranked: byScores(before.ranked, kept), encoded: { scores: kept, usage } };
    } catch (error) {
      if (!(error instanceof ProviderError) || request.signal.aborted) throw error;
      return { ...before, degraded: [...new Set([...before.degraded, 'reranker_unavailable'])] };
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.first.close(), this.encoder.close()]);
  }
}

/** The order that a cross-encoder's scores give, whether it was asked now or when a query was searched for first. */
export const byScores = (
  ranked: readonly RankedChunk<FoundChunk>[],
  scores: ReadonlyMap<string, number>,
): readonly RankedChunk<FoundChunk>[] => reordered(ranked, new Map(ranked.flatMap((chunk) => pairOf(chunk, scores.get(chunk.chunkId)))));

const pairOf = <Chunk>(chunk: Chunk, score: number | undefined): readonly (readonly [Chunk, number])[] =>
  score === undefined ? [] : [[chunk, score]];

/** A large `top_k` looks deeper, and must not change who is read. */
const isAhead = ({ vectorRank, bm25Rank }: FoundChunk): boolean =>
  Math.min(vectorRank ?? Infinity, bm25Rank ?? Infinity) <= CANDIDATES_PER_LEG;

function passageOf({ text: { context, content } }: FoundChunk): string {
  return cut(context === '' ? content : `${context}\n${content}`, PAIR_PASSAGE_CHARACTERS);
}

/** Never between the two halves of a surrogate pair. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');

/** Kept with the query, so that a replay orders by the same numbers. */
const rounded = (score: number): number => Math.round(score * 1e9) / 1e9;
