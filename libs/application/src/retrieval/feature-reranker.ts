import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';
import type { RankingModel } from '@aegis/domain/retrieval/ranking-weights';
import { featureScores, reordered, worthReranking } from '@aegis/domain/retrieval/rerank';
import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import { ProviderError } from '../providers/provider-error';
import type { FoundChunk } from './chunk-reader';
import type { LateScorer } from './late-scorer';
import { Reranker, type Reranked, type RerankRequest } from './reranker';

/** Orders the best candidates by what both searches, their tokens, titles, numbers and form say together. Needs no further model. */
export class FeatureReranker extends Reranker {
  constructor(
    private readonly late: LateScorer,
    private readonly model: RankingModel,
  ) {
    super();
  }

  tokenCodesFor(query: string, fused: readonly RankedChunk<FoundChunk>[]): readonly string[] {
    return worthReranking(query, fused).map(({ chunkId }) => chunkId);
  }

  async rerank(request: RerankRequest): Promise<Reranked> {
    const { query, totalIdf, idf, alpha, fused } = request;
    const { late, degraded } = await this.compare(request);
    const candidates = fused.map((chunk) => ({ ...chunk, late: late.get(chunk.chunkId) ?? null }));
    const weights = late.size === 0 ? this.model.withoutTokens : this.model.withTokens;
    const found = featureScores({ query, totalIdf, idf }, candidates, { weights, alpha });
    const scores = new Map(
      fused.flatMap((chunk, at) => {
        const score = candidates[at] && found.get(candidates[at]);
        return score === undefined ? [] : [[chunk, score] as const];
      }),
    );
    return { ranked: reordered(fused, scores), late, degraded };
  }

  close(): Promise<void> {
    return this.late.close();
  }

  /** By chunk id. A thread that does not answer leaves the order to the other features. */
  private async compare({
    queryCodes,
    tokenCodes,
    signal,
  }: RerankRequest): Promise<{ late: ReadonlyMap<string, LateInteraction>; degraded: readonly string[] }> {
    const chunks = [...tokenCodes];
    if (queryCodes === null || chunks.length === 0) return { late: new Map(), degraded: [] };
    try {
      const scores = await this.late.score({ query: queryCodes, passages: chunks.map(([, codes]) => codes), signal });
      const known = chunks.flatMap(([chunkId], at) => {
        const score = scores[at] ?? null;
        return score === null ? [] : [[chunkId, score] as const];
      });
      return { late: new Map(known), degraded: [] };
    } catch (error) {
      if (!(error instanceof ProviderError) || signal.aborted) throw error;
      return { late: new Map(), degraded: ['reranker_unavailable'] };
    }
  }
}
