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
  /** How long the texts of queries are kept, and after the tenant's deletion the books. */
  readonly retentionDays?: number;
  readonly piiPolicy?: 'off' | 'note' | 'mask' | 'quarantine';
}

/** Null takes the deployment's default again. */
export type SettingsChange = { readonly [Name in keyof TenantSettings]?: TenantSettings[Name] | null };

/** Days that usage and audit trail outlive their tenant, where it set nothing itself. */
export const DEFAULT_RETENTION_DAYS = 365;
export const DEFAULT_MIN_CONFIDENCE = 0.7;
export const DEFAULT_TOP_K = 5;
