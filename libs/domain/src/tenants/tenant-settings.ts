/** A tenant's own values; what is missing takes the deployment's default. */
export interface TenantSettings {
  /** Below this calibrated confidence the system refuses, 0 to 1. */
  readonly minConfidence?: number;
  /** Chunks that an answer may use, 1 to 50. */
  readonly topK?: number;
  readonly llmModel?: string;
  readonly embeddingModel?: string;
  readonly systemPrompt?: string;
  readonly language?: 'ko' | 'en';
  /** Requests a second. */
  readonly rateLimitRps?: number;
  readonly tokensPerHour?: number;
  readonly retentionDays?: number;
  readonly piiPolicy?: 'off' | 'note' | 'mask' | 'quarantine';
}

export const DEFAULT_MIN_CONFIDENCE = 0.7;
export const DEFAULT_TOP_K = 5;
