import { Clock } from '@aegis/application/shared/clock';
import { UsageReader } from '@aegis/application/usage/usage-reader';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { RequireScopeOrAdministrator } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { CurrentTenant, Wants } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { Reply } from '../http/reply';
import { periodOf } from './period';
import { usageCsv } from './usage-csv';
import { UsageBody, UsageQuery, UsageRecordPageBody, UsageRecordsQuery } from './usage.dto';

@ApiTags('usage')
@Controller('usage')
export class UsageController {
  constructor(
    private readonly usage: UsageReader,
    private readonly cursors: Cursors,
    private readonly clock: Clock,
  ) {}

  @Get()
  @RequireScopeOrAdministrator('usage:read')
  @ApiOperation({ summary: 'What was spent in a period' })
  @ApiResponse({ status: 200, type: UsageBody })
  @ApiProblem('validation_failed')
  async summary(@CurrentTenant() tenantId: TenantId, @Query() query: UsageQuery): Promise<UsageBody> {
    const period = periodOf(query, this.clock.now());
    return UsageBody.from(await this.usage.summary(tenantId, period.from, period.until), period);
  }

  /** Single records, newest first; with `Accept: text/csv` all of the period in one file. */
  @Get('records')
  @RequireScopeOrAdministrator('usage:read')
  @ApiOperation({ summary: 'List usage records' })
  @ApiExtraModels(UsageRecordPageBody)
  @ApiResponse({
    status: 200,
    description: 'A page of records, or all of them as CSV (`limit` and `cursor` do not apply then)',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(UsageRecordPageBody) } },
      'text/csv': { schema: { type: 'string' }, example: 'id,created_at,kind\r\n' },
    },
  })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async records(
    @CurrentTenant() tenantId: TenantId,
    @Query() query: UsageRecordsQuery,
    @Wants('text/csv') asCsv: boolean,
  ): Promise<UsageRecordPageBody | Reply<AsyncIterable<string>>> {
    const period = periodOf(query, this.clock.now());
    if (asCsv) {
      return new Reply(usageCsv(this.usage, tenantId, period), {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="usage-${period.firstDay}-${period.lastDay}.csv"`,
      });
    }
    const list = { name: 'usage', owner: tenantId, filters: { from: period.firstDay, until: period.lastDay } };
    const after = this.cursors.read(list, query.cursor);
    const page = await this.usage.records(tenantId, period.from, period.until, { limit: query.limit, after });
    return UsageRecordPageBody.from(page.items, this.cursors.write(list, page.next));
  }
}
