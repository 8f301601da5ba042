/** What a provider answered, not yet believed. */
export interface RerankAnswer {
  /** One entry for each passage, in any order. */
  readonly results: readonly unknown[];
  /** Tokens and searches that it bills, where it says so. */
  readonly tokens?: unknown;
  readonly searches?: unknown;
}

/** How one kind of server is asked to compare. Implementations send one request and throw ProviderError. */
export interface RerankProtocol {
  readonly provider: string;
  readonly model: string;
  /** What an entry of `results` calls its score. */
  readonly scoreName: 'score' | 'relevance_score';
  ask(query: string, passages: readonly string[], signal: AbortSignal): Promise<RerankAnswer>;
}

export interface RerankServer {
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly model: string;
}

/** Where a path of the server is: its address may have one of its own, behind a gateway. */
export const under = (baseUrl: URL, path: string): URL => new URL(`${baseUrl.href.replace(/\/+$/, '')}${path}`);

export const authorisation = (apiKey: string | undefined): Record<string, string> =>
  apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

/** Room for so many entries and what stands around them; none of the protocols is asked to send texts back. */
export const answerBytes = (passages: number): number => 65_536 + passages * 512;
