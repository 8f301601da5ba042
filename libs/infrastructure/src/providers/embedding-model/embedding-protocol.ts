/** What a provider answered, not yet believed. */
export interface ProtocolAnswer {
  /** One entry for each text, in their order. */
  readonly vectors: readonly unknown[];
  readonly tokens: unknown;
}

/** How one kind of server is asked for vectors. Implementations send one request and throw ProviderError. */
export interface EmbeddingProtocol {
  readonly provider: string;
  readonly model: string;
  ask(texts: readonly string[], signal: AbortSignal): Promise<ProtocolAnswer>;
}
