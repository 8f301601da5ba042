/** Passages of one query that are read, at most. */
export const PAIRS = 30;
/** Code units of a query and of a passage that are read: a chunk has room in them, and what a query costs is known before it starts. */
export const PAIR_QUERY_CHARACTERS = 1_000;
export const PAIR_PASSAGE_CHARACTERS = 2_400;

export interface CrossEncoderIdentity {
  readonly provider: string;
  readonly model: string;
  /** Of the weights; null where they are on a machine that we cannot look into. */
  readonly digest: string | null;
}

export interface PairRequest {
  readonly query: string;
  readonly passages: readonly string[];
  readonly signal: AbortSignal;
}

/** What a provider bills: tokens, searches, or one of them. */
export interface PairUsage {
  readonly tokens: number;
  readonly searches: number;
}

export interface PairScores {
  /** One for each passage, in their order: more is better. They say nothing across queries. */
  readonly scores: readonly number[];
  readonly usage: PairUsage;
}

/**
 * Reads a query and a passage together and says how well they fit. Implementations keep: order and count, finite scores, a time limit of
 * their own, the beginning of a text that is too long, and ProviderError for what the provider did; `cancelled` when the caller left.
 */
export abstract class CrossEncoder {
  abstract readonly identity: CrossEncoderIdentity;
  abstract score(request: PairRequest): Promise<PairScores>;
  abstract close(): Promise<void>;
}
