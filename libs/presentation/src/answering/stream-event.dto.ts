import type { AnswerEvent } from '@aegis/application/answering/query-answer';
import { ApiProperty } from '@nestjs/swagger';
import type { ServerEvent } from '../http/event-stream';
import { answerBody, SourceBody } from './answer.dto';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

/** The evidence, before the first word of the answer. */
export class RetrievalEventBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly query_id!: string;

  @ApiProperty({ type: 'integer', example: 5 })
  readonly chunks_found!: number;

  @ApiProperty({ type: Number, nullable: true, example: 0.91 })
  readonly max_similarity!: number | null;

  @ApiProperty({ type: Number, minimum: 0, maximum: 1, example: 0.89 })
  readonly confidence!: number;

  @ApiProperty({ type: () => [SourceBody] })
  readonly sources!: readonly SourceBody[];
}

/** The next piece of the answer; all pieces joined are the answer. */
export class TokenEventBody {
  @ApiProperty({ type: String, example: '2023년 3분기 ' })
  readonly content!: string;
}

/** An event of an answer as it goes over the wire. */
export function serverEvent(event: AnswerEvent): ServerEvent {
  switch (event.type) {
    case 'retrieval': {
      const data: RetrievalEventBody = {
        query_id: event.queryId,
        chunks_found: event.chunksFound,
        max_similarity: event.maxSimilarity,
        confidence: event.confidence,
        sources: event.sources.map((one) => SourceBody.from(one)),
      };
      return { event: 'retrieval', data };
    }
    case 'token': {
      const data: TokenEventBody = { content: event.content };
      return { event: 'token', data };
    }
    case 'done':
      return { event: 'done', data: answerBody(event.answer) };
  }
}

export async function* serverEvents(events: AsyncIterable<AnswerEvent>): AsyncGenerator<ServerEvent> {
  for await (const event of events) yield serverEvent(event);
}
