import type { SearchAnswer } from '@aegis/application/answering/query-answer';
import { QueryPermits } from '@aegis/application/answering/query-permits';
import { SearchChunks } from '@aegis/application/answering/search-chunks';
import { Clock } from '@aegis/application/shared/clock';
import type { Caller } from '@aegis/application/shared/caller';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SearchBody } from './answer.dto';
import { ApiQueryBody } from './api-query-body';
import { ApiSearchProblem } from './api-search-problem';
import { QUERY_BODY, QueryBody } from './query.dto';
import { RequireScope } from '../http/access';
import { CurrentCaller, RequestSignal } from '../http/current-caller';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import type { Reply } from '../http/reply';

@ApiTags('query')
@Controller('search')
export class SearchController {
  constructor(
    private readonly searchChunks: SearchChunks,
    private readonly permits: QueryPermits,
    private readonly replies: IdempotentReplies,
    private readonly clock: Clock,
  ) {}

  /** Retrieval alone: the chunks that a question finds, without an answer made of them. */
  @Post()
  @HttpCode(200)
  @RequireScope('query', QUERY_BODY)
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Search without an answer' })
  @ApiResponse({ status: 200, type: SearchBody })
  @ApiQueryBody()
  @ApiSearchProblem('query_too_long')
  search(
    @CurrentCaller() caller: Caller,
    @Body() body: QueryBody,
    @RequestSignal() signal: AbortSignal,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    const input = body.toInput(this.clock.now());
    return this.replies.answer<SearchAnswer>(
      key,
      (found) => ({ status: 200, body: SearchBody.from(found) }),
      (complete) => this.permits.during(caller.tenantId, signal, () => this.searchChunks.execute(caller, input, signal, complete)),
    );
  }
}
