import type { SettingsChange, TenantSettings } from '@aegis/domain/tenants/tenant-settings';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsObject, Max, Min, ValidateNested } from 'class-validator';
import { Nullable, Text } from '../http/fields';
import { CalibrationBody } from './calibration.dto';

const LANGUAGES = ['ko', 'en'] as const;
const PII_POLICIES = ['off', 'note', 'mask', 'quarantine'] as const;
const MAX_SYSTEM_PROMPT = 8_000;

/** A tenant's own values; what is missing takes the deployment's default, and null gives it back. */
export class TenantSettingsBody {
  @ApiPropertyOptional({ nullable: true, type: Number, minimum: 0, maximum: 1, example: 0.7 })
  @Nullable()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly min_confidence?: number | null;

  @ApiPropertyOptional({ nullable: true, type: 'integer', minimum: 1, maximum: 50, example: 5 })
  @Nullable()
  @IsInt()
  @Min(1)
  @Max(50)
  readonly top_k?: number | null;

  /** One of the language models that the deployment has configured: it is asked first, the others stand in for it. */
  @ApiPropertyOptional({ nullable: true, type: String, example: 'llama3.1:8b' })
  @Nullable()
  @Text({ min: 1, max: 200 })
  readonly llm_model?: string | null;

  /** The embedding model that the deployment has loaded; no other can be chosen yet. */
  @ApiPropertyOptional({ nullable: true, type: String, example: 'multilingual-e5-small-ko-en-int8' })
  @Nullable()
  @Text({ min: 1, max: 200 })
  readonly embedding_model?: string | null;

  /** Added to the instructions of every answer. */
  @ApiPropertyOptional({ nullable: true, type: String, maxLength: MAX_SYSTEM_PROMPT, example: '항상 존댓말로 답하세요.' })
  @Nullable()
  @Text({ max: MAX_SYSTEM_PROMPT })
  readonly system_prompt?: string | null;

  /** Of answers, refusals and documents whose text does not tell: a question or a file without Korean or Latin letters. */
  @ApiPropertyOptional({ nullable: true, enum: LANGUAGES, example: 'ko' })
  @Nullable()
  @IsIn(LANGUAGES)
  readonly language?: (typeof LANGUAGES)[number] | null;

  /** Requests a second. */
  @ApiPropertyOptional({ nullable: true, type: Number, minimum: 0.1, maximum: 10_000, example: 10 })
  @Nullable()
  @IsNumber()
  @Min(0.1)
  @Max(10_000)
  readonly rate_limit_rps?: number | null;

  @ApiPropertyOptional({ nullable: true, type: 'integer', minimum: 1, example: 1_000_000 })
  @Nullable()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly tokens_per_hour?: number | null;

  /**
   * Texts of queries and answers that are older than so many days are removed (without a value they stay while the tenant lives), and
   * usage and audit trail outlive the tenant by as many (365 without a value).
   */
  @ApiPropertyOptional({ nullable: true, type: 'integer', minimum: 1, maximum: 36_500, example: 365 })
  @Nullable()
  @IsInt()
  @Min(1)
  @Max(36_500)
  readonly retention_days?: number | null;

  /**
   * Stored and given back, and without any effect yet: whatever it says, no document, question or answer is looked through for personal
   * data, and nothing is masked. / 저장만 되며 아직 아무 효과가 없습니다. 개인정보를 찾거나 가리지 않습니다.
   */
  @ApiPropertyOptional({ nullable: true, enum: PII_POLICIES, example: 'note' })
  @Nullable()
  @IsIn(PII_POLICIES)
  readonly pii_policy?: (typeof PII_POLICIES)[number] | null;

  /** Made by `aegis calibrate` from the tenant's own questions; null takes the confidence as it was shipped. */
  @ApiPropertyOptional({ nullable: true, type: () => CalibrationBody })
  @Nullable()
  @Type(() => CalibrationBody)
  @ValidateNested()
  @IsObject()
  readonly calibration?: CalibrationBody | null;

  /** Null takes the deployment's default again; a new tenant has it anyway. */
  toChange(): SettingsChange {
    const change = {
      minConfidence: this.min_confidence,
      topK: this.top_k,
      llmModel: this.llm_model,
      embeddingModel: this.embedding_model,
      systemPrompt: this.system_prompt,
      language: this.language,
      rateLimitRps: this.rate_limit_rps,
      tokensPerHour: this.tokens_per_hour,
      retentionDays: this.retention_days,
      piiPolicy: this.pii_policy,
      calibration: this.calibration === null ? null : this.calibration?.toCalibration(),
    } satisfies { readonly [Name in keyof Required<TenantSettings>]: TenantSettings[Name] | null | undefined };
    return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  }

  toSettings(): TenantSettings {
    return Object.fromEntries(Object.entries(this.toChange()).filter(([, value]) => value !== null));
  }
}

type SettingsOnTheWire = Record<string, string | number | Readonly<Record<string, string | number>>>;

/** On the wire: only what is set. */
export const settingsBody = (settings: TenantSettings): SettingsOnTheWire =>
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
      calibration: settings.calibration && CalibrationBody.from(settings.calibration),
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
