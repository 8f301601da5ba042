import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { Omittable, Text, WholeNumberText } from './fields';

const MAX_CURSOR_LENGTH = 2_000;

/** What every list takes. */
export class PageQuery {
  /** How many entries at most. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @WholeNumberText()
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit: number = 20;

  /** `next_cursor` of the page before. */
  @ApiPropertyOptional({ type: String })
  @Omittable()
  @Text({ max: MAX_CURSOR_LENGTH })
  readonly cursor?: string;
}
