import type { PromptMessage } from '@aegis/application/providers/language-model';
import type { ChatPart } from './chat-dialect';
import { estimateTokens } from './estimate-tokens';

/** Room for what a chat template puts around each message, and around all of them. */
const FRAME_TOKENS = 64;

/**
 * Counts an answer while it streams: stops one that is longer than was paid for, and decides whether the provider's own count can be
 * true. A count that cannot be (not a whole number, nothing for a text, more tokens than bytes) is replaced by an over-estimate.
 */
export class UsageCount {
  private readonly promptEstimate: number;
  private readonly promptLimit: number;
  private pieces = 0;
  private estimate = 0;
  private claimed: { readonly promptTokens: unknown; readonly completionTokens: unknown } | null = null;

  constructor(
    messages: readonly PromptMessage[],
    private readonly maxTokens: number,
  ) {
    this.promptEstimate = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
    this.promptLimit = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + FRAME_TOKENS, FRAME_TOKENS);
  }

  /** False from the piece on that certainly lies beyond `maxTokens`: a piece is at least one token, except where a proxy cuts finer. */
  admits(part: Extract<ChatPart, { type: 'text' | 'thought' }>): boolean {
    const content = part.type === 'text' ? part.content : '';
    if (this.pieces >= this.maxTokens && this.estimate >= this.maxTokens) return false;
    this.pieces += 1;
    this.estimate += part.type === 'text' ? estimateTokens(content) : 1;
    return true;
  }

  reported(usage: { readonly promptTokens: unknown; readonly completionTokens: unknown }): void {
    this.claimed = usage;
  }

  total(): { readonly promptTokens: number; readonly completionTokens: number } {
    const completionLimit = Math.max(this.maxTokens, this.pieces);
    return {
      promptTokens: believable(this.claimed?.promptTokens, this.promptLimit) ?? this.promptEstimate,
      completionTokens:
        believable(this.claimed?.completionTokens, completionLimit + FRAME_TOKENS) ?? Math.min(this.estimate, completionLimit),
    };
  }
}

function believable(count: unknown, limit: number): number | null {
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 && count <= limit ? count : null;
}
