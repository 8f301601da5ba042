import type { TenantSettings } from '@aegis/domain/tenants/tenant-settings';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsNumber, Max, Min } from 'class-validator';
import { Omittable, Text } from '../http/fields';

const LANGUAGES = ['ko', 'en'] as const;
const PII_POLICIES = ['off', 'note', 'mask', 'quarantine'] as const;
const MAX_SYSTEM_PROMPT = 8_000;

/** A tenant's own values; what is missing takes the deployment's default. */
export class TenantSettingsBody {
  @ApiPropertyOptional({ type: Number, minimum: 0, maximum: 1, example: 0.7 })
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly min_confidence?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 50, example: 5 })
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(50)
  readonly top_k?: number;

  @ApiPropertyOptional({ type: String, example: 'llama3.1:8b' })
  @Omittable()
  @Text({ min: 1, max: 200 })
  readonly llm_model?: string;

  @ApiPropertyOptional({ type: String, example: 'multilingual-e5-small-ko-en' })
  @Omittable()
  @Text({ min: 1, max: 200 })
  readonly embedding_model?: string;

  @ApiPropertyOptional({ type: String, example: '항상 존댓말로 답하세요.' })
  @Omittable()
  @Text({ max: MAX_SYSTEM_PROMPT })
  readonly system_prompt?: string;

  @ApiPropertyOptional({ enum: LANGUAGES, example: 'ko' })
  @Omittable()
  @IsIn(LANGUAGES)
  readonly language?: (typeof LANGUAGES)[number];

  /** Requests a second. */
  @ApiPropertyOptional({ type: Number, minimum: 0.1, maximum: 10_000, example: 10 })
  @Omittable()
  @IsNumber()
  @Min(0.1)
  @Max(10_000)
  readonly rate_limit_rps?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, example: 1_000_000 })
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly tokens_per_hour?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 36_500, example: 365 })
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(36_500)
  readonly retention_days?: number;

  @ApiPropertyOptional({ enum: PII_POLICIES, example: 'note' })
  @Omittable()
  @IsIn(PII_POLICIES)
  readonly pii_policy?: (typeof PII_POLICIES)[number];

  toSettings(): TenantSettings {
    return {
      ...(this.min_confidence !== undefined && { minConfidence: this.min_confidence }),
      ...(this.top_k !== undefined && { topK: this.top_k }),
      ...(this.llm_model !== undefined && { llmModel: this.llm_model }),
      ...(this.embedding_model !== undefined && { embeddingModel: this.embedding_model }),
      ...(this.system_prompt !== undefined && { systemPrompt: this.system_prompt }),
      ...(this.language !== undefined && { language: this.language }),
      ...(this.rate_limit_rps !== undefined && { rateLimitRps: this.rate_limit_rps }),
      ...(this.tokens_per_hour !== undefined && { tokensPerHour: this.tokens_per_hour }),
      ...(this.retention_days !== undefined && { retentionDays: this.retention_days }),
      ...(this.pii_policy !== undefined && { piiPolicy: this.pii_policy }),
    };
  }
}

/** On the wire: only what is set. */
export const settingsBody = (settings: TenantSettings): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries({
      min_confidence: settings.minConfidence,
      top_k: settings.topK,
      llm_model: settings.llmModel,
      embedding_model: settings.embeddingModel,
      system_prompt: settings.systemPrompt,
      language: settings.language,
      rate_limit_rps: settings.rateLimitRps,
      tokens_per_hour: settings.tokensPerHour,
      retention_days: settings.retentionDays,
      pii_policy: settings.piiPolicy,
    }).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
