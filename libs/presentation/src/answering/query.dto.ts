import type { QueryInput } from '@aegis/application/answering/query-answer';
import { QueryTooLong } from '@aegis/domain/answering/answering-errors';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  isUUID,
  IsUUID,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { eachBy, IsInstant, lengthOf, Nullable, Omittable, Text, Texts } from '../http/fields';
import { parseInstant } from '../http/instants';

export const MAX_QUERY_LENGTH = 8_000;
/** How a route says that it takes a query: too long a one is told as such, even in a body that is too large altogether. */
export const QUERY_BODY = { longField: { name: 'query', limit: MAX_QUERY_LENGTH } } as const;

const LIST = { max: 255, count: 100 } as const;
const MAX_TURNS = 40;
const STRATEGIES = ['hybrid', 'vector', 'bm25'] as const satisfies readonly QueryInput['strategy'][];
const FUSIONS = ['score', 'rrf'] as const satisfies readonly QueryInput['fusion'][];
const DEFAULT_ALPHA = 0.5;

/** Trims, and refuses what is too long before any other field is looked at: whatever else is wrong, this has its own code. */
const QueryText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    const text = value.trim();
    if (lengthOf(text) > MAX_QUERY_LENGTH) throw new QueryTooLong(MAX_QUERY_LENGTH);
    return text;
  });

/** Which documents may answer: alternatives inside a list, all lists together. */
export class QueryFilters {
  @ApiPropertyOptional({ type: [String], example: ['report'] })
  @Omittable()
  @Texts(LIST)
  readonly doc_type?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['finance'] })
  @Omittable()
  @Texts(LIST)
  readonly department?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['ko'] })
  @Omittable()
  @Texts(LIST)
  readonly language?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['q3'] })
  @Omittable()
  @Texts(LIST)
  readonly tags?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['report.pdf'] })
  @Omittable()
  @Texts(LIST)
  readonly filenames?: readonly string[];

  @ApiPropertyOptional({ type: [String], format: 'uuid', maxItems: LIST.count, example: [] })
  @Omittable()
  @IsUUID('all', eachBy((item) => isUUID(item, 'all')))
  @ArrayMaxSize(LIST.count)
  @IsArray()
  readonly document_ids?: readonly string[];

  /** Uploaded at this time or later. */
  @ApiPropertyOptional({ type: String, example: '2023-01-01' })
  @Omittable()
  @IsInstant()
  readonly created_after?: string;

  /** Uploaded before this time. */
  @ApiPropertyOptional({ type: String, example: '2024-01-01T00:00:00Z' })
  @Omittable()
  @IsInstant()
  readonly created_before?: string;

  toFilter(): QueryInput['filter'] {
    return {
      docTypes: this.doc_type ?? [],
      departments: this.department ?? [],
      languages: this.language ?? [],
      tags: this.tags ?? [],
      filenames: (this.filenames ?? []).map((name) => name.normalize('NFC')),
      documentIds: (this.document_ids ?? []).map((id) => id.toLowerCase()),
      createdAfter: this.created_after === undefined ? null : parseInstant(this.created_after, 'start'),
      createdBefore: this.created_before === undefined ? null : parseInstant(this.created_before, 'start'),
    };
  }
}

export class ConversationTurn {
  @ApiProperty({ enum: ['user', 'assistant'], example: 'user' })
  @IsIn(['user', 'assistant'])
  readonly role!: 'user' | 'assistant';

  @ApiProperty({ type: String, example: '2023년 실적을 알려줘' })
  @Text({ max: MAX_QUERY_LENGTH })
  readonly content!: string;
}

export class RetrievalOptions {
  @ApiPropertyOptional({ enum: STRATEGIES, default: 'hybrid' })
  @IsIn(STRATEGIES)
  readonly strategy: QueryInput['strategy'] = 'hybrid';

  /** How the two searches are joined: by normalised scores, or by reciprocal ranks. */
  @ApiPropertyOptional({ enum: FUSIONS, default: 'score' })
  @IsIn(FUSIONS)
  readonly fusion: QueryInput['fusion'] = 'score';

  /** Weight of the vector side. */
  @ApiPropertyOptional({ type: Number, minimum: 0, maximum: 1, default: DEFAULT_ALPHA })
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly alpha: number = DEFAULT_ALPHA;

  /** Whether a reranker may reorder the hits, where the deployment has one. */
  @ApiPropertyOptional({ type: Boolean, default: true })
  @IsBoolean()
  readonly rerank: boolean = true;
}

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

  /** The conversation so far, only to understand a follow-up question. */
  @ApiPropertyOptional({ type: () => [ConversationTurn], maxItems: MAX_TURNS })
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
    const { strategy, fusion, alpha } = this.retrieval ?? new RetrievalOptions();
    return {
      query: this.query,
      topK: this.top_k,
      minConfidence: this.min_confidence,
      asOf: { validAt: momentOf(this.as_of_date), knownAt: notAfter(now, momentOf(this.known_at)) },
      filter: (this.filters ?? new QueryFilters()).toFilter(),
      strategy,
      fusion,
      alpha,
    };
  }
}

const momentOf = (text: string | null | undefined): Date | null => (text === undefined || text === null ? null : parseInstant(text, 'end'));

function notAfter(now: Date, moment: Date | null): Date | null {
  if (moment !== null && moment > now) throw new ValidationFailed([{ pointer: '/known_at', code: 'in_future', message: '' }]);
  return moment;
}
