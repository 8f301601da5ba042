import type { AdminCall } from '@aegis/application/shared/administrator';
import { Clock } from '@aegis/application/shared/clock';
import { PlatformUsageReader } from '@aegis/application/usage/platform-usage-reader';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { TenantAdministrator } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { CurrentAdminCall } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { TenantUsagePageBody } from './admin-usage.dto';
import { periodOf } from './period';
import { UsageRecordsQuery } from './usage.dto';

@ApiTags('admin')
@Controller('admin/usage')
export class AdminUsageController {
  constructor(
    private readonly usage: PlatformUsageReader,
    private readonly cursors: Cursors,
    private readonly clock: Clock,
  ) {}

  /** What every tenant spent in a period, newest tenant first. A tenant's own administrator finds its tenant alone. */
  @Get()
  @TenantAdministrator({ tenantParameter: null })
  @ApiOperation({ summary: 'What tenants spent in a period' })
  @ApiResponse({ status: 200, type: TenantUsagePageBody })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async list(@CurrentAdminCall() { administrator }: AdminCall, @Query() query: UsageRecordsQuery): Promise<TenantUsagePageBody> {
    const only = administrator.role === 'tenant_admin' ? administrator.tenantId : null;
    const period = periodOf(query, this.clock.now());
    const list = { name: 'admin-usage', owner: only ?? 'platform', filters: { from: period.firstDay, until: period.lastDay } };
    const after = this.cursors.read(list, query.cursor);
    const page = await this.usage.list(period.from, period.until, only, { limit: query.limit, after });
    return TenantUsagePageBody.from(page.items, period, this.cursors.write(list, page.next));
  }
}
