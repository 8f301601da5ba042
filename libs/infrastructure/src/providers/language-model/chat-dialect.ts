import type { GenerationRequest } from '@aegis/application/providers/language-model';
import type { ProviderError } from '@aegis/application/providers/provider-error';
import type { ProviderRequest } from './open-stream';

/** What a provider's stream says, in our words. */
export type ChatPart =
  | { readonly type: 'text'; readonly content: string }
  /** It thinks aloud: alive, but nothing for the reader. */
  | { readonly type: 'thought' }
  /** As the provider counts, unchecked. */
  | { readonly type: 'usage'; readonly promptTokens: unknown; readonly completionTokens: unknown }
  /** The answer is complete; usage may still follow. */
  | { readonly type: 'finished' };

/** How one protocol asks for an answer and reads it; clocks, limits and retries are the same for all (chat-stream). */
export interface ChatDialect {
  readonly provider: string;
  request(generation: GenerationRequest): ProviderRequest;
  /** Throws ProviderError for a line that is not of the protocol and for an error that the provider reports. */
  parts(lines: AsyncIterable<string>): AsyncIterable<ChatPart>;
  /** True when the next request will avoid what this one was refused for. */
  adapt(refused: ProviderError): boolean;
}
