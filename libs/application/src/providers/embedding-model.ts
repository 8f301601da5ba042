/** A query and the passage that answers it get different prefixes: they are not the same kind of text. */
export type EmbeddingKind = 'query' | 'passage';

export interface EmbeddingRequest {
  readonly kind: EmbeddingKind;
  /** Without prefix: the model adds its own. */
  readonly texts: readonly string[];
  readonly signal: AbortSignal;
}

export interface EmbeddingResult {
  /** One vector for each text, in the same order, of `dimensions` numbers and unit length. */
  readonly vectors: readonly Float32Array[];
  /** Tokens that were embedded, prefixes and specials included: what a provider bills. */
  readonly tokens: number;
  /** True where a text was longer than the model reads and its tail was left out. */
  readonly truncated: readonly boolean[];
  /**
   * The texts' token vectors in the compressed form of `LateQuery` (a query's or a passage's codes), out of the same run; undefined where
   * the model shows none.
   */
  readonly tokenCodes?: readonly Uint8Array[] | undefined;
}

/** Which model made a vector; vectors of different identities are never compared. */
export interface EmbeddingModelIdentity {
  readonly provider: string;
  readonly name: string;
  readonly dimensions: number;
  /** Tokens of one input that the model reads, prefix and specials included. */
  readonly maxTokens: number;
  /** Hex SHA-256 of the weights where they are local, else of provider and name. */
  readonly digest: string;
}

/**
 * Turns texts into vectors. Implementations keep: order and count of the input, unit length, finite numbers (else ProviderError
 * `bad_answer`), queries before passages when both wait, and an aborted signal ends the call within 500 ms with reason `cancelled`.
 */
export abstract class EmbeddingModel {
  abstract readonly identity: EmbeddingModelIdentity;
  /** Tokens of each text as a passage (prefix and specials included), exact for local models, never too low for remote ones. */
  abstract countTokens(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
  abstract embed(request: EmbeddingRequest): Promise<EmbeddingResult>;
  /** Throws ProviderError when no embedding can be had now. */
  abstract check(signal: AbortSignal): Promise<void>;
  abstract close(): Promise<void>;
}
