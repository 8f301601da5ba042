/** What a tenant's own judged questions made of the confidence: slope and intercept on its log odds. */
export interface ConfidenceCalibration {
  /** What it was fitted for: embedding model and version of the confidence. Any other is not changed by it. */
  readonly judgedBy: string;
  /** Above 0: the order of two confidences never changes. */
  readonly slope: number;
  readonly intercept: number;
  /** How many questions taught it. */
  readonly questions: number;
}

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
  readonly calibration?: ConfidenceCalibration;
}

/** Null takes the deployment's default again. */
export type SettingsChange = { readonly [Name in keyof TenantSettings]?: TenantSettings[Name] | null };

/** Days that usage and audit trail outlive their tenant, where it set nothing itself. */
export const DEFAULT_RETENTION_DAYS = 365;
export const DEFAULT_MIN_CONFIDENCE = 0.7;
export const DEFAULT_TOP_K = 5;
