export type AnswerLanguage = 'ko' | 'en';

/** A passage as the answering model sees it: a chunk, or neighbours of one document. `number` is what it may cite as `[number]`. */
export interface EvidenceSource {
  readonly number: number;
  readonly content: string;
  readonly filename: string;
  /** Where it begins. */
  readonly page: number | null;
  /** Where it ends, if not on the page where it begins. */
  readonly lastPage?: number;
  readonly section: string;
}

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface GenerationRequest {
  readonly query: string;
  readonly language: AnswerLanguage;
  readonly sources: readonly EvidenceSource[];
  /** The same, written out for a chat model; a model that only quotes does not read it. */
  readonly messages: readonly PromptMessage[];
  readonly maxTokens: number;
  /** One of those who may answer, to be asked first; without it, the one that the deployment asks first. */
  readonly model?: string;
  readonly signal: AbortSignal;
}

export type GenerationEvent =
  /** Who answers, where that is decided per call; `degraded`: not the model that was asked for, because that one failed. */
  | { readonly type: 'model'; readonly provider: string; readonly model: string; readonly degraded: boolean }
  | { readonly type: 'token'; readonly content: string }
  | {
      readonly type: 'usage';
      readonly promptTokens: number;
      readonly completionTokens: number;
    };

export interface LanguageModelIdentity {
  readonly provider: string;
  readonly model: string;
}

/**
 * Writes an answer from the given sources. Implementations keep: tokens are increments and never empty, `usage` comes last and exactly
 * once on success, `model` comes first or not at all (then `identity` answers), an aborted signal ends the provider's call within 500 ms
 * (ProviderError `cancelled`), first token, idle and total time are bounded. A reader that stops early ends the call too.
 */
export abstract class LanguageModel {
  abstract readonly identity: LanguageModelIdentity;
  /** Everyone who may write the answer, `identity` among them: a query must be able to pay the dearest. */
  get mayAnswer(): readonly LanguageModelIdentity[] {
    return [this.identity];
  }
  abstract generate(request: GenerationRequest): AsyncIterable<GenerationEvent>;
  /** Tokens of a text, never too low: what is reserved before the call. */
  abstract countTokens(text: string): number;
  /** Throws ProviderError when no answer can be had now. */
  abstract check(signal: AbortSignal): Promise<void>;
}
