import { confidenceOf } from '@aegis/domain/answering/confidence';
import { CANDIDATES_PER_LEG, type RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import type { FoundChunk } from '../retrieval/chunk-reader';
import type { Evidence } from '../retrieval/evidence-reader';

/** Evidence with how sure it makes us, cut to what may be used. */
export interface JudgedEvidence extends Omit<Evidence, 'ranked' | 'fusedOrder'> {
  /** Best first, at most `topK`. */
  readonly chunks: readonly RankedChunk<FoundChunk>[];
  /** Calibrated probability, 0 to 1, that the evidence answers the query; `topK` does not change it. */
  readonly confidence: number;
}

/** Judged in the order of the fusion, whatever a second look made of it: the confidence was fitted on that. */
export function judgeEvidence(
  embeddingModel: string,
  query: string,
  { ranked, fusedOrder, ...evidence }: Evidence,
  topK: number,
): JudgedEvidence {
  const { totalIdf, chunksSearched } = evidence;
  const place = new Map(fusedOrder.map((chunkId, at) => [chunkId, at]));
  const inOrder = [...ranked].sort((a, b) => (place.get(a.chunkId) ?? 0) - (place.get(b.chunkId) ?? 0));
  const candidates = inOrder.filter(isCandidate).map((chunk) => ({ ...chunk, context: contextOf(chunk) }));
  const confidence = confidenceOf(embeddingModel, { query, chunks: candidates, totalIdf, chunksSearched });
  return { ...evidence, chunks: ranked.slice(0, topK), confidence };
}

/** A large `topK` looks deeper than the confidence was fitted for. */
const isCandidate = ({ vectorRank, bm25Rank }: FoundChunk): boolean =>
  Math.min(vectorRank ?? Infinity, bm25Rank ?? Infinity) <= CANDIDATES_PER_LEG;

const contextOf = ({ title, section }: FoundChunk): string => [...(title === null ? [] : [title]), ...section].join(' > ');
