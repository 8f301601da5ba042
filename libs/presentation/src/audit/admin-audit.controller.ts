import { AdminCallReader } from '@aegis/application/audit/admin-call-reader';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PlatformAdministrator } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { Cursors } from '../http/cursors';
import { PageQuery } from '../http/page.dto';
import { PlatformAuditPageBody } from './platform-audit.dto';

@ApiTags('admin')
@Controller('admin/audit')
export class AdminAuditController {
  constructor(
    private readonly calls: AdminCallReader,
    private readonly cursors: Cursors,
  ) {}

  /** Calls of administrators that concern no tenant that exists; those that concern one are in the audit trail of that tenant. */
  @Get()
  @PlatformAdministrator()
  @ApiOperation({ summary: 'List the audit trail of the platform, newest first' })
  @ApiResponse({ status: 200, type: PlatformAuditPageBody })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async list(@Query() query: PageQuery): Promise<PlatformAuditPageBody> {
    const list = { name: 'admin-audit', owner: 'platform', filters: {} };
    const page = await this.calls.list({ limit: query.limit, after: this.cursors.read(list, query.cursor) });
    return PlatformAuditPageBody.from(page.items, this.cursors.write(list, page.next));
  }
}
