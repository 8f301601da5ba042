/** Candidates that each leg hands to the fusion: the figures of the score fusion were measured with 30. */
export const CANDIDATES_PER_LEG = 30;

/** A chunk that a search leg found, with the scores of both legs: one leg's find is scored by the other too, so that they compare. */
export interface SearchCandidate {
  readonly documentId: string;
  /** Position of the chunk in its document. */
  readonly ordinal: number;
  /** Cosine similarity; null when no query vector could be had. */
  readonly similarity: number | null;
  /** BM25 score, 0 where no term matches; null when the text leg did not run. */
  readonly bm25: number | null;
  /** 1-based place in each leg's own list; null where the leg did not find it. */
  readonly vectorRank: number | null;
  readonly bm25Rank: number | null;
}

/** `score` orders the chunks of one query and says nothing across queries. */
export type RankedChunk<Candidate extends SearchCandidate = SearchCandidate> = Candidate & { readonly score: number };
