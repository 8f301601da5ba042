/** One source of a query as far as a replay compares it; without scores where they were not kept. */
export interface ReplaySource {
  readonly chunkId: string;
  readonly scores: { readonly similarity: number | null; readonly score: number } | null;
}

/** A source that did not come back as it was. Ranks are 1-based; null: not among the sources. */
export interface ReplayDifference {
  readonly chunkId: string;
  readonly originalRank: number | null;
  readonly replayedRank: number | null;
  /** It cannot come back: its document was deleted. */
  readonly isDeleted: boolean;
}

/**
 * Why sources differ, the first that holds: documents of that state were deleted since; the record is older than the vector, so that the
 * query was embedded anew; the first search was approximate, a replay never is; the order is decided by other rules now. Else nobody knows.
 */
export type ReplayReason = 'documents_deleted' | 'vector_not_kept' | 'approximate_search' | 'ranking_changed' | 'unexplained';

export interface ReplayCircumstances {
  /** How many documents of that state are gone. */
  readonly deletedDocuments: number;
  readonly vectorWasKept: boolean;
  readonly wasApproximate: boolean;
  readonly rankingIsTheSame: boolean;
}

/** Same chunks, same places, same scores to the bit. In the order of the first search, then what is new. */
export function differencesOf(
  original: readonly ReplaySource[],
  replayed: readonly ReplaySource[],
  deletedChunks: ReadonlySet<string>,
): readonly ReplayDifference[] {
  const places = new Map(replayed.map((source, index) => [source.chunkId, { source, rank: index + 1 }]));
  const known = new Set(original.map(({ chunkId }) => chunkId));
  const changed = original.flatMap((source, index) => {
    const found = places.get(source.chunkId);
    if (found?.rank === index + 1 && hasSameScores(source, found.source)) return [];
    return [differenceOf(source.chunkId, index + 1, found?.rank ?? null, deletedChunks)];
  });
  const added = [...places].filter(([chunkId]) => !known.has(chunkId));
  return [...changed, ...added.map(([chunkId, { rank }]) => differenceOf(chunkId, null, rank, deletedChunks))];
}

export function reasonOf(differences: readonly ReplayDifference[], circumstances: ReplayCircumstances): ReplayReason | null {
  if (differences.length === 0) return null;
  if (circumstances.deletedDocuments > 0 || differences.some(({ isDeleted }) => isDeleted)) return 'documents_deleted';
  if (!circumstances.vectorWasKept) return 'vector_not_kept';
  if (circumstances.wasApproximate) return 'approximate_search';
  return circumstances.rankingIsTheSame ? 'unexplained' : 'ranking_changed';
}

const hasSameScores = (original: ReplaySource, { scores }: ReplaySource): boolean =>
  original.scores === null ||
  scores === null ||
  (original.scores.similarity === scores.similarity && original.scores.score === scores.score);

const differenceOf = (
  chunkId: string,
  originalRank: number | null,
  replayedRank: number | null,
  deletedChunks: ReadonlySet<string>,
): ReplayDifference => ({ chunkId, originalRank, replayedRank, isDeleted: deletedChunks.has(chunkId) });
