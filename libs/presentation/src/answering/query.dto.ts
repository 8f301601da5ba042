import type { QueryInput } from '@aegis/application/answering/query-answer';
import { QueryTooLong } from '@aegis/domain/answering/answering-errors';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsNumber, IsObject, Max, Min, ValidateNested } from 'class-validator';
import { IsInstant, lengthOf, Nullable, Omittable, Text } from '../http/fields';
import { parseInstant } from '../http/instants';
import { ConversationTurn } from './conversation-turn.dto';
import { QueryFilters } from './query-filters.dto';
import { RetrievalOptions, UnderstandingOptions } from './retrieval-options.dto';

export const MAX_QUERY_LENGTH = 8_000;
/** How a route says that it takes a query: too long a one is told as such, even in a body that is too large altogether. */
export const QUERY_BODY = { longField: { name: 'query', limit: MAX_QUERY_LENGTH } } as const;

const MAX_TURNS = 40;

/** Trims, and refuses what is too long before any other field is looked at: whatever else is wrong, this has its own code. */
const QueryText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    const text = value.trim();
    if (lengthOf(text) > MAX_QUERY_LENGTH) throw new QueryTooLong(MAX_QUERY_LENGTH);
    return text;
  });

export class QueryBody {
  /** The question, in Korean or English: 1 to 8,000 characters after trimming. */
  @ApiProperty({ type: String, pattern: '\\S', example: '2023년 3분기 매출은?' })
  @QueryText()
  @Text({ min: 1, max: MAX_QUERY_LENGTH })
  readonly query!: string;

  /** How many chunks the answer may use. Default: the tenant's setting, else 5. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 50, example: 5 })
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(50)
  readonly top_k?: number;

  /** Below this confidence the answer is a refusal. Default: the tenant's setting, else 0.7. */
  @ApiPropertyOptional({ type: Number, minimum: 0, maximum: 1, example: 0.7 })
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly min_confidence?: number;

  /** What held at this time; a mere day means its end in UTC. */
  @ApiPropertyOptional({ type: String, nullable: true, example: '2023-12-31' })
  @Nullable()
  @IsInstant()
  readonly as_of_date?: string | null;

  /** As far as it was known at this time; not in the future. */
  @ApiPropertyOptional({ type: String, nullable: true, example: null })
  @Nullable()
  @IsInstant()
  readonly known_at?: string | null;

  @ApiPropertyOptional({ type: () => QueryFilters })
  @Omittable()
  @Type(() => QueryFilters)
  @ValidateNested()
  @IsObject()
  readonly filters?: QueryFilters;

  /**
   * The conversation so far, oldest first, only to understand a follow-up question: no answer is made of it. / 이전 대화입니다. 이어지는 질문을 이해하는
   * 데만 쓰이고 답변의 근거가 되지 않습니다.
   */
  @ApiPropertyOptional({
    type: () => [ConversationTurn],
    maxItems: MAX_TURNS,
    example: [
      { role: 'user', content: '육아휴직은 얼마나 쓸 수 있나요?' },
      { role: 'assistant', content: '자녀 한 명당 1년입니다. [1]' },
    ],
  })
  @Omittable()
  @Type(() => ConversationTurn)
  @ValidateNested({ each: true })
  @ArrayMaxSize(MAX_TURNS)
  @IsArray()
  readonly history?: readonly ConversationTurn[];

  @ApiPropertyOptional({ type: () => RetrievalOptions })
  @Omittable()
  @Type(() => RetrievalOptions)
  @ValidateNested()
  @IsObject()
  readonly retrieval?: RetrievalOptions;

  /** The body again, as it may be posted another time. */
  toWire(): Readonly<Record<string, unknown>> {
    return JSON.parse(JSON.stringify(this)) as Record<string, unknown>;
  }

  /** Throws ValidationFailed for a `known_at` that lies after `now`. */
  toInput(now: Date): QueryInput {
    const { strategy, fusion, alpha, rerank, understanding } = this.retrieval ?? new RetrievalOptions();
    return {
      query: this.query,
      topK: this.top_k,
      minConfidence: this.min_confidence,
      asOf: { validAt: momentOf(this.as_of_date), knownAt: notAfter(now, momentOf(this.known_at)) },
      filter: (this.filters ?? new QueryFilters()).toFilter(),
      strategy,
      fusion,
      alpha,
      rerank: rerank ?? (strategy === 'hybrid' && fusion === 'score'),
      history: (this.history ?? []).map(({ role, content }) => ({ role, content })),
      understanding: (understanding ?? new UnderstandingOptions()).toSwitches(),
    };
  }
}

const momentOf = (text: string | null | undefined): Date | null => (text === undefined || text === null ? null : parseInstant(text, 'end'));

function notAfter(now: Date, moment: Date | null): Date | null {
  if (moment !== null && moment > now) throw new ValidationFailed([{ pointer: '/known_at', code: 'in_future', message: '' }]);
  return moment;
}
