import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemBody } from '../http/problem.dto';
import { AnsweredBody, RefusedBody } from './answer.dto';
import { RetrievalEventBody, TokenEventBody } from './stream-event.dto';

const EXAMPLE = [
  'id: 1\nevent: retrieval\ndata: {"query_id":"0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11","chunks_found":5,"max_similarity":0.91,"confidence":0.89,"sources":[]}',
  'id: 2\nevent: token\ndata: {"content":"2023년 3분기 매출은 42억원입니다. [1]"}',
  'id: 3\nevent: done\ndata: {"query_id":"0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11","refused":false}',
].join('\n\n');

const DESCRIPTION =
  'Server-sent events, in this order: one `retrieval`, any number of `token`, one `done` (an answer or a refusal). ' +
  'A failure after the start is one `error` with problem fields, and the end. Every event has an `id`; a comment every 15 s keeps the line open.';

/** Documents a stream of events: each `data` line is one of these. */
export function ApiAnswerStream(): MethodDecorator {
  const bodies = [RetrievalEventBody, TokenEventBody, AnsweredBody, RefusedBody, ProblemBody];
  return applyDecorators(
    ApiExtraModels(...bodies),
    ApiResponse({
      status: 200,
      description: DESCRIPTION,
      content: { 'text/event-stream': { schema: { oneOf: bodies.map((body) => ({ $ref: getSchemaPath(body) })) }, example: EXAMPLE } },
    }),
  );
}
