import type { RecordedUnderstanding } from '@aegis/application/retrieval/question-reader';
import { ApiProperty } from '@nestjs/swagger';

const STEPS = ['rewritten', 'history', 'dates', 'as_of', 'uploaded', 'spelling', 'multi_query', 'hyde'] as const;

/** How a question was understood beside its words. / 질문을 어떻게 이해했는지 보여 줍니다. */
export class UnderstandingBody {
  /** What took effect. / 적용된 단계 */
  @ApiProperty({ enum: STEPS, isArray: true, example: ['history', 'dates'] })
  readonly steps!: readonly string[];

  /** The question itself, or as a language model wrote it anew. / 검색한 질문 */
  @ApiProperty({ type: String, example: '육아휴직은 언제까지 신청해야 하나요?' })
  readonly searched_for!: string;

  /** Other texts that were searched for with it. / 함께 검색한 글 */
  @ApiProperty({ type: [String], example: ['육아휴직은 얼마나 쓸 수 있나요?'] })
  readonly searched_with!: readonly string[];

  /** The state that the question names: searched first, and that of the request where it holds no answer. / 질문이 가리킨 시점 */
  @ApiProperty({ type: String, nullable: true, example: null })
  readonly as_of_date!: string | null;

  /** When the documents were uploaded, where the question says so. / 질문이 말한 업로드 시기 */
  @ApiProperty({ type: String, nullable: true, example: null })
  readonly created_after!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly created_before!: string | null;

  static from(understanding: RecordedUnderstanding | null | undefined): UnderstandingBody | null {
    if (understanding === null || understanding === undefined) return null;
    return {
      steps: understanding.steps,
      searched_for: understanding.searchedFor,
      searched_with: understanding.texts.map(({ text }) => text),
      as_of_date: understanding.validAt,
      created_after: understanding.uploadedAfter,
      created_before: understanding.uploadedBefore,
    };
  }
}
