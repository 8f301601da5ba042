import { QueryReader } from '@aegis/application/answering/query-reader';
import type { Caller } from '@aegis/application/shared/caller';
import { QueryId } from '@aegis/domain/answering/query-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { CurrentCaller } from '../http/current-caller';
import { AuditedQueryBody } from './audit.dto';

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: QueryReader) {}

  /** A query with all that happened to it. */
  @Get(':query_id')
  @RequireScope('audit:read')
  @ApiOperation({ summary: 'Read the trail of one query' })
  @ApiResponse({ status: 200, type: AuditedQueryBody })
  @ApiProblem('not_found')
  async read(@CurrentCaller() { tenantId }: Caller, @Param('query_id') queryId: string): Promise<AuditedQueryBody> {
    const audited = await this.audit.find(tenantId, QueryId.parse(queryId));
    if (audited === null) throw new NotFound('query');
    return AuditedQueryBody.from(audited);
  }
}
