import { CANDIDATES_PER_LEG, type RankedChunk } from '../shared/ranked-chunk';
import { foreignTo } from './candidate-language';
import { rankingFeatures, type RankingCandidate, type RankingFeatures, type RankingQuery } from './ranking-features';
import { rankingScore, type RankingWeights } from './ranking-model';

/** Chunks of the query's language that get a second look; where a tenant has both languages, those of the other one take what is left. */
const OWN_LANGUAGE = 20;
const BOTH_LANGUAGES = 32;

/** What a candidate's features are computed from, as the fusion has ordered it. */
export type Rerankable = RankedChunk & Pick<RankingCandidate, 'text'>;

/** Found among the first of a leg: a large `top_k` looks deeper, and must not change the order of what comes first. */
const isAhead = ({ vectorRank, bm25Rank }: Rerankable): boolean =>
  Math.min(vectorRank ?? Infinity, bm25Rank ?? Infinity) <= CANDIDATES_PER_LEG;

/** Those of the fused list whose order a second look may change, in the order of the list. */
export function worthReranking<Chunk extends Rerankable>(query: string, fused: readonly Chunk[]): Chunk[] {
  const isForeign = foreignTo(query);
  const ahead = fused.filter(isAhead).map((chunk) => ({ chunk, foreign: isForeign(chunk.text) }));
  const own = new Set(ahead.filter(({ foreign }) => !foreign).slice(0, OWN_LANGUAGE));
  const other = new Set(ahead.filter(({ foreign }) => foreign).slice(0, BOTH_LANGUAGES - own.size));
  return ahead.filter((one) => own.has(one) || other.has(one)).map(({ chunk }) => chunk);
}

/** The features of those of the fused list that get a second look, compared with all that were found. */
export function featuresOf<Chunk extends Rerankable & RankingCandidate>(
  query: RankingQuery,
  fused: readonly Chunk[],
): ReadonlyMap<Chunk, RankingFeatures> {
  const ahead = fused.filter(isAhead);
  const chosen = new Set<RankingCandidate>(worthReranking(query.query, fused));
  const features = rankingFeatures(query, ahead, (chunk) => chosen.has(chunk));
  return new Map(
    ahead.flatMap((chunk, at) => {
      const figures = features[at];
      return chosen.has(chunk) && figures !== undefined ? [[chunk, figures] as const] : [];
    }),
  );
}

/** Rounded as the fusion does, so that ties stay ties. */
const rounded = (score: number): number => Math.round(score * 1e9) / 1e9;

/**
 * The fused list with new scores for some of its chunks, which come first, best first; equals stay in the order of the fusion. The others
 * follow as they were, with scores that go on downwards.
 */
export function reordered<Chunk extends RankedChunk>(fused: readonly Chunk[], scores: ReadonlyMap<Chunk, number>): Chunk[] {
  const first = fused.filter((chunk) => scores.has(chunk)).map((chunk) => ({ ...chunk, score: rounded(scores.get(chunk) ?? 0) }));
  first.sort((a, b) => b.score - a.score);
  const rest = fused.filter((chunk) => !scores.has(chunk));
  const lowest = first.at(-1)?.score ?? 0;
  const highest = rest[0]?.score ?? 0;
  return [...first, ...rest.map((chunk) => ({ ...chunk, score: rounded(Math.min(lowest, lowest + chunk.score - highest)) }))];
}

/** The scores of a second look by features alone. */
export function featureScores<Chunk extends Rerankable & RankingCandidate>(
  query: RankingQuery,
  fused: readonly Chunk[],
  { weights, alpha }: { readonly weights: RankingWeights; readonly alpha: number },
): ReadonlyMap<Chunk, number> {
  return new Map([...featuresOf(query, fused)].map(([chunk, features]) => [chunk, rankingScore(weights, features, alpha)]));
}
