import { QueryPermits } from '@aegis/application/answering/query-permits';
import { ReplayQuery, type Replay } from '@aegis/application/answering/replay-query';
import type { Caller } from '@aegis/application/shared/caller';
import { QueryId } from '@aegis/domain/answering/query-id';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../http/access';
import { CurrentCaller, RequestSignal } from '../http/current-caller';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import type { Reply } from '../http/reply';
import { ApiSearchProblem } from './api-search-problem';
import { ReplayBody } from './replay.dto';

/** Beside the trail that it starts from; what it does is a search. */
@ApiTags('audit')
@Controller('audit')
export class ReplayController {
  constructor(
    private readonly replayQuery: ReplayQuery,
    private readonly permits: QueryPermits,
    private readonly replies: IdempotentReplies,
  ) {}

  /**
   * Retrieves again what the query retrieved, from the documents as they were at that moment, and says whether the sources are identical.
   * No answer is written and nothing is billed, but for records from before vectors were kept. Takes no body. The audit trail notes it.
   * 질문 당시의 문서 상태에서 다시 검색하여, 근거가 그때와 같은지 알려 줍니다.
   */
  @Post(':query_id/replay')
  @HttpCode(200)
  @RequireScope('audit:read', { body: 'none' })
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Search again what a query searched, in the state that it saw' })
  @ApiResponse({ status: 200, type: ReplayBody })
  @ApiSearchProblem('not_found', 'model_retired')
  replay(
    @CurrentCaller() caller: Caller,
    @Param('query_id') queryId: string,
    @RequestSignal() signal: AbortSignal,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    const id = QueryId.parse(queryId);
    return this.replies.answer<Replay>(
      key,
      (replay) => ({ status: 200, body: ReplayBody.from(replay) }),
      (complete) => this.permits.during(caller.tenantId, signal, () => this.replayQuery.execute(caller, id, signal, complete)),
    );
  }
}
