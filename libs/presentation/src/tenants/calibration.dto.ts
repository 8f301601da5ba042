import type { ConfidenceCalibration } from '@aegis/domain/tenants/tenant-settings';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsNumber, Max, Min } from 'class-validator';
import { Text } from '../http/fields';

/** What a tenant's own judged questions made of the confidence, as `aegis calibrate` finds it. 테넌트의 평가 질문으로 맞춘 신뢰도 보정값 */
export class CalibrationBody {
  /** `judged_by` of the searches it was fitted on: it changes no others, so a new embedding model or fit ends it by itself. */
  @ApiProperty({ type: String, example: 'multilingual-e5-small-ko-en-int8/2026-11-21.2' })
  @Text({ min: 1, max: 300 })
  readonly judged_by!: string;

  /** Of the log odds. Above 0: what was surer stays surer. */
  @ApiProperty({ type: Number, minimum: 0.05, maximum: 20, example: 0.84 })
  @IsNumber()
  @Min(0.05)
  @Max(20)
  readonly slope!: number;

  @ApiProperty({ type: Number, minimum: -20, maximum: 20, example: -0.31 })
  @IsNumber()
  @Min(-20)
  @Max(20)
  readonly intercept!: number;

  /** How many questions taught it. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000_000, example: 240 })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly questions!: number;

  toCalibration(): ConfidenceCalibration {
    return { judgedBy: this.judged_by, slope: this.slope, intercept: this.intercept, questions: this.questions };
  }

  static from({ judgedBy, slope, intercept, questions }: ConfidenceCalibration): Record<string, string | number> {
    return { judged_by: judgedBy, slope, intercept, questions };
  }
}
