import type { QueryInput } from '@aegis/application/answering/query-answer';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsNumber, IsObject, Max, Min, ValidateNested } from 'class-validator';
import { Omittable } from '../http/fields';

const STRATEGIES = ['hybrid', 'vector', 'bm25'] as const satisfies readonly QueryInput['strategy'][];
const FUSIONS = ['score', 'rrf'] as const satisfies readonly QueryInput['fusion'][];
const DEFAULT_ALPHA = 0.5;

/** What may be done with the question before it is searched for. / 질문을 검색하기 전에 무엇을 할지 정합니다. */
export class UnderstandingOptions {
  /**
   * Understand a follow-up (`그건 언제까지예요?`, `how is that calculated?`) from `history`. / 이어지는 질문을 `history`로 보완합니다. 끄면 마지막 질문만
   * 검색합니다.
   */
  @ApiPropertyOptional({ type: Boolean, default: true })
  @IsBoolean()
  readonly history: boolean = true;

  /**
   * Read dates: other ways to write them (`2023년 3분기`, `Q3 2023`), a state that is asked for (`2023년 12월 31일 기준` like `as_of_date`, unless it
   * holds no answer), the time of an upload (`지난달에 올린 문서` like `created_after`, `created_before`). A date alone filters nothing. / 날짜 표현을
   * 읽습니다. 날짜만으로는 문서를 걸러 내지 않습니다.
   */
  @ApiPropertyOptional({ type: Boolean, default: true })
  @IsBoolean()
  readonly dates: boolean = true;

  /** Look for other spellings too (`와이파이`, `Wi-Fi`). / 같은 말의 다른 표기도 찾습니다. */
  @ApiPropertyOptional({ type: Boolean, default: true })
  @IsBoolean()
  readonly spelling: boolean = true;

  /** Search for other wordings as well, which the language model writes; billed. / 언어 모델이 쓴 다른 표현으로도 검색합니다(과금). */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @IsBoolean()
  readonly multi_query: boolean = false;

  /** Search for a passage as well that might answer, which the language model writes; billed. / 언어 모델이 쓴 가상의 답변으로도 검색합니다(과금). */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @IsBoolean()
  readonly hyde: boolean = false;

  toSwitches(): QueryInput['understanding'] {
    const { history, dates, spelling, multi_query: multiQuery, hyde } = this;
    return { history, dates, spelling, multiQuery, hyde };
  }
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

  /**
   * Whether a second look at the best hits may change their order. Said by nobody, it is taken where the strategy is `hybrid` and the fusion
   * `score`: whoever names another order gets that order. / 상위 결과를 다시 살펴 순서를 바꿀지 정합니다.
   */
  @ApiPropertyOptional({ type: Boolean, default: true })
  @Omittable()
  @IsBoolean()
  readonly rerank?: boolean;

  @ApiPropertyOptional({ type: () => UnderstandingOptions })
  @Omittable()
  @Type(() => UnderstandingOptions)
  @ValidateNested()
  @IsObject()
  readonly understanding?: UnderstandingOptions;
}
