import { AnswerQuery } from '@aegis/application/answering/answer-query';
import { IssueStreamTicket, type IssuedStreamTicket } from '@aegis/application/answering/issue-stream-ticket';
import { QueryPermits } from '@aegis/application/answering/query-permits';
import { Clock } from '@aegis/application/shared/clock';
import type { QueryAnswer } from '@aegis/application/answering/query-answer';
import type { Caller } from '@aegis/application/shared/caller';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { RequireScope, TakesTicket } from '../http/access';
import { ApiKeyedProblem, ApiProblem } from '../http/api-problem';
import { checkInput } from '../http/check-input';
import { AnswerStream, CurrentCaller, RequestSignal, TicketQueryBody } from '../http/current-caller';
import type { EventStream } from '../http/event-stream';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import type { Reply } from '../http/reply';
import { AnsweredBody, answerBody, RefusedBody } from './answer.dto';
import { ApiAnswerStream } from './api-answer-stream';
import { ApiQueryBody } from './api-query-body';
import { ApiSearchProblem } from './api-search-problem';
import { QUERY_BODY, QueryBody } from './query.dto';
import { serverEvent, serverEvents } from './stream-event.dto';
import { TicketBody, TicketQuery } from './ticket.dto';

@ApiTags('query')
@Controller('query')
export class QueryController {
  constructor(
    private readonly answerQuery: AnswerQuery,
    private readonly issueStreamTicket: IssueStreamTicket,
    private readonly permits: QueryPermits,
    private readonly replies: IdempotentReplies,
    private readonly clock: Clock,
  ) {}

  /** Answers from the tenant's own documents, with citations, or says why not. */
  @Post()
  @HttpCode(200)
  @RequireScope('query', QUERY_BODY)
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Ask a question' })
  @ApiExtraModels(AnsweredBody, RefusedBody)
  @ApiResponse({
    status: 200,
    description: 'An answer, or a refusal with its reason',
    schema: { oneOf: [{ $ref: getSchemaPath(AnsweredBody) }, { $ref: getSchemaPath(RefusedBody) }] },
  })
  @ApiQueryBody()
  @ApiSearchProblem('query_too_long')
  query(
    @CurrentCaller() caller: Caller,
    @Body() body: QueryBody,
    @RequestSignal() signal: AbortSignal,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    const input = body.toInput(this.clock.now());
    return this.replies.answer<QueryAnswer>(
      key,
      (answer) => ({ status: 200, body: answerBody(answer) }),
      (complete) => this.permits.during(caller.tenantId, signal, () => this.answerQuery.execute(caller, input, signal, complete)),
    );
  }

  /** The same as a stream: evidence first, then the answer as it is written. */
  @Post('stream')
  @HttpCode(200)
  @RequireScope('query', QUERY_BODY)
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Ask a question and read the answer as it is written' })
  @ApiAnswerStream()
  @ApiQueryBody()
  @ApiSearchProblem('query_too_long')
  stream(
    @CurrentCaller() caller: Caller,
    @Body() body: QueryBody,
    @AnswerStream() stream: EventStream,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object> | undefined> {
    const input = body.toInput(this.clock.now());
    return this.replies.stream<QueryAnswer>(
      key,
      stream,
      (answer) => serverEvent({ type: 'done', answer }),
      (signal, complete) =>
        serverEvents(this.permits.streaming(caller.tenantId, signal, () => this.answerQuery.stream(caller, input, signal, complete))),
    );
  }

  /** For a browser's EventSource, which can neither POST nor send a key: single use, 60 seconds. */
  @Post('stream/tickets')
  @HttpCode(201)
  @RequireScope('query', QUERY_BODY)
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Get a ticket for one stream' })
  @ApiQueryBody()
  @ApiResponse({ status: 201, type: TicketBody })
  @ApiKeyedProblem('query_too_long')
  async issueTicket(
    @CurrentCaller() caller: Caller,
    @Body() body: QueryBody,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    body.toInput(this.clock.now()); // what cannot be asked gets no ticket
    return this.replies.answer<IssuedStreamTicket>(
      key,
      (issued) => ({ status: 201, body: TicketBody.from(issued) }),
      (complete) => this.issueStreamTicket.execute(caller, body.toWire(), complete),
    );
  }

  @Get('stream')
  @TakesTicket()
  @ApiOperation({ summary: 'Stream the answer of a ticket', security: [] })
  @ApiAnswerStream()
  @ApiProblem('validation_failed', 'quota_exceeded', 'token_rate_limited', 'overloaded', 'retrieval_unavailable')
  async streamByTicket(
    @CurrentCaller() caller: Caller,
    @Query() _ticket: TicketQuery,
    @TicketQueryBody() asked: Readonly<Record<string, unknown>>,
    @AnswerStream() stream: EventStream,
  ): Promise<void> {
    const input = checkInput(QueryBody, asked, 'body').toInput(this.clock.now());
    await stream.send((signal) =>
      serverEvents(this.permits.streaming(caller.tenantId, signal, () => this.answerQuery.stream(caller, input, signal))),
    );
  }
}
