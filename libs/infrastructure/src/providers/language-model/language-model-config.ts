import type { Script } from './scripted-language-model';

/** How long one answer may take, in milliseconds. Idle time counts from token to token, and only while the provider is waited for. */
export interface GenerationDeadlines {
  readonly firstTokenMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

export const DEFAULT_DEADLINES: GenerationDeadlines = { firstTokenMs: 20_000, idleMs: 15_000, totalMs: 120_000 };

/** One model as configured. A provider reads what it needs; what is missing for it is an error at the start. */
export interface LanguageModelConfig {
  readonly provider: string;
  readonly model: string | undefined;
  readonly ollamaBaseUrl: string;
  readonly openaiBaseUrl: string;
  readonly openaiApiKey: string | undefined;
  readonly deadlines: GenerationDeadlines;
  /** Tokens of prompt and answer together that a local model is loaded for: one number, because Ollama reloads when it changes. */
  readonly contextTokens: number;
  /** What `scripted` answers; without it, it quotes the first source. Tests only. */
  readonly script: Script | undefined;
}

export const DEFAULT_CONTEXT_TOKENS = 8_192;
