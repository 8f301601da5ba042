import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';

export interface LateRequest {
  /** What the model made of the query's tokens. */
  readonly query: Uint8Array;
  /** What it made of each passage's. */
  readonly passages: readonly Uint8Array[];
  readonly signal: AbortSignal;
}

/**
 * Compares token vectors: milliseconds of pure arithmetic, which must not hold up the thread that answers. Implementations keep order and
 * count, give null where two cannot be compared, and throw ProviderError when nothing can be had now.
 */
export abstract class LateScorer {
  abstract score(request: LateRequest): Promise<readonly (LateInteraction | null)[]>;
  abstract close(): Promise<void>;
}
