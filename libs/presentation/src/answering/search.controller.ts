import { SearchChunks } from '@aegis/application/answering/search-chunks';
import { Clock } from '@aegis/application/shared/clock';
import type { Caller } from '@aegis/application/shared/caller';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SearchBody } from './answer.dto';
import { QUERY_BODY, QueryBody } from './query.dto';
import { RequireScope } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { CurrentCaller, RequestSignal } from '../http/current-caller';

@ApiTags('query')
@Controller('search')
export class SearchController {
  constructor(
    private readonly searchChunks: SearchChunks,
    private readonly clock: Clock,
  ) {}

  /** Retrieval alone: the chunks that a question finds, without an answer made of them. */
  @Post()
  @HttpCode(200)
  @RequireScope('query', QUERY_BODY)
  @ApiOperation({ summary: 'Search without an answer' })
  @ApiResponse({ status: 200, type: SearchBody })
  @ApiProblem(
    'malformed_body',
    'validation_failed',
    'quota_exceeded',
    'query_too_long',
    'body_too_large',
    'unsupported_media_type',
    'retrieval_unavailable',
  )
  async search(@CurrentCaller() caller: Caller, @Body() body: QueryBody, @RequestSignal() signal: AbortSignal): Promise<SearchBody> {
    return SearchBody.from(await this.searchChunks.execute(caller, body.toInput(this.clock.now()), signal));
  }
}
