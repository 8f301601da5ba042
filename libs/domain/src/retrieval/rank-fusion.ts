import type { RankedChunk, SearchCandidate } from '../shared/ranked-chunk';

export type SearchStrategy = 'hybrid' | 'vector' | 'bm25';
export type FusionMethod = 'score' | 'rrf';

export interface FusionOptions {
  readonly strategy: SearchStrategy;
  readonly fusion: FusionMethod;
  /** Weight of the vector side, 0 to 1. */
  readonly alpha: number;
}

const RRF_K = 60;

type Scorer = (candidate: SearchCandidate) => number;

/** Standard scores over the candidates of one query. All equal, or nothing to score: 0, so that the other leg decides. */
function standardScore(values: readonly (number | null)[]): (value: number | null) => number {
  const known = values.filter((value) => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length));
  return (value) => (value === null || deviation < 1e-9 ? 0 : (value - mean) / deviation);
}

function scoreFusion(candidates: readonly SearchCandidate[], alpha: number): Scorer {
  const vector = standardScore(candidates.map((candidate) => candidate.similarity));
  const text = standardScore(candidates.map((candidate) => candidate.bm25));
  return (candidate) => 2 * alpha * vector(candidate.similarity) + 2 * (1 - alpha) * text(candidate.bm25);
}

/** Reciprocal ranks, k = 60. With alpha 0.5 both legs weigh 1, as in the paper. */
function reciprocalRankFusion(alpha: number): Scorer {
  const reciprocal = (rank: number | null): number => (rank === null ? 0 : 1 / (RRF_K + rank));
  return ({ vectorRank, bm25Rank }) => 2 * alpha * reciprocal(vectorRank) + 2 * (1 - alpha) * reciprocal(bm25Rank);
}

function scorerOf(candidates: readonly SearchCandidate[], { strategy, fusion, alpha }: FusionOptions): Scorer {
  if (strategy === 'vector') return ({ similarity }) => similarity ?? 0;
  if (strategy === 'bm25') return ({ bm25 }) => bm25 ?? 0;
  return fusion === 'rrf' ? reciprocalRankFusion(alpha) : scoreFusion(candidates, alpha);
}

/** Only what the chosen leg itself found: its list must not change with what the other leg adds. */
const foundBy = (strategy: SearchStrategy, candidate: SearchCandidate): boolean =>
  strategy === 'hybrid' || (strategy === 'vector' ? candidate.vectorRank : candidate.bm25Rank) !== null;

/** Rounded: two databases may sum in another order, and ties must still be ties. */
const rounded = (score: number): number => Math.round(score * 1e9) / 1e9;

/**
 * Best first; ties by document id, then by place in the document, so that the same candidates in any order give the same list. `score`
 * fusion adds the standard scores of both legs over the candidates, `rrf` their reciprocal ranks. A leg that is missing altogether, or
 * scores all candidates alike, leaves the order to the other.
 */
export function fuse<Candidate extends SearchCandidate>(
  candidates: readonly Candidate[],
  options: FusionOptions,
): RankedChunk<Candidate>[] {
  const found = candidates.filter((candidate) => foundBy(options.strategy, candidate));
  const scoreOf = scorerOf(found, options);
  return found
    .map((candidate) => ({ ...candidate, score: rounded(scoreOf(candidate)) }))
    .sort((a, b) => b.score - a.score || compareText(a.documentId, b.documentId) || a.ordinal - b.ordinal);
}

/** By code units, not by locale: a locale's order may change with the machine. */
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
