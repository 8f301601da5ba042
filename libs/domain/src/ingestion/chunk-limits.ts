export interface ChunkLimits {
  /** Tokens of the whole embedded input (prefix, title, heading path, content, specials): no chunk is above. */
  readonly maxTokens: number;
  /** Tokens of the content at which a chunk is full. */
  readonly targetTokens: number;
  /** Tokens of whole sentences that a chunk repeats from the one before it; 0 for none. */
  readonly overlapTokens: number;
  /** A remainder below this joins the chunk before it, where that fits. */
  readonly minTokens: number;
  /** Tokens of the heading path; what is above is cut from the outermost heading on. */
  readonly headingPathTokens: number;
}

/** Chosen by measurement: docs/decisions/0009-chunk-size.md. */
export const DEFAULT_CHUNK_LIMITS: ChunkLimits = {
  maxTokens: 512,
  targetTokens: 256,
  overlapTokens: 32,
  minTokens: 64,
  headingPathTokens: 48,
};
