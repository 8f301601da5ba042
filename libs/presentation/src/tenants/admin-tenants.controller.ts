import { ChangeTenant } from '@aegis/application/tenants/change-tenant';
import { CreateTenant, type CreatedTenant } from '@aegis/application/tenants/create-tenant';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { NotFound } from '@aegis/domain/shared/not-found';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { AdminCall } from '@aegis/application/shared/administrator';
import { PlatformAdministrator, TenantAdministrator } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { CurrentAdminCall } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import { PageQuery } from '../http/page.dto';
import type { Reply } from '../http/reply';
import { ChangeTenantBody, CreatedTenantBody, CreateTenantBody, TenantBody, TenantPageBody } from './tenant.dto';

@ApiTags('admin')
@Controller('admin/tenants')
export class AdminTenantsController {
  constructor(
    private readonly createTenant: CreateTenant,
    private readonly changeTenant: ChangeTenant,
    private readonly tenants: TenantReader,
    private readonly cursors: Cursors,
    private readonly replies: IdempotentReplies,
  ) {}

  /** Creates a tenant and its first key, which is shown this once. */
  @Post()
  @PlatformAdministrator()
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create a tenant' })
  @ApiResponse({ status: 201, type: CreatedTenantBody })
  @ApiProblem(
    'malformed_body',
    'validation_failed',
    'body_too_large',
    'unsupported_media_type',
    'idempotency_in_progress',
    'idempotency_key_reused',
  )
  create(
    @CurrentAdminCall() call: AdminCall,
    @Body() body: CreateTenantBody,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    return this.replies.answer<CreatedTenant>(
      key,
      (created) => ({ status: 201, body: CreatedTenantBody.of(created) }),
      (complete) => this.createTenant.execute(call, body.toInput(), complete),
    );
  }

  @Get()
  @PlatformAdministrator()
  @ApiOperation({ summary: 'List tenants, newest first' })
  @ApiResponse({ status: 200, type: TenantPageBody })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async list(@Query() query: PageQuery): Promise<TenantPageBody> {
    const list = { name: 'tenants', owner: 'platform', filters: {} };
    const page = await this.tenants.list({ limit: query.limit, after: this.cursors.read(list, query.cursor) });
    return TenantPageBody.from(page.items, this.cursors.write(list, page.next));
  }

  @Get(':id')
  @TenantAdministrator({ tenantParameter: 'id' })
  @ApiOperation({ summary: 'Read one tenant' })
  @ApiResponse({ status: 200, type: TenantBody })
  @ApiProblem('not_found')
  async read(@Param('id') id: string): Promise<TenantBody> {
    return TenantBody.from(await this.known(TenantId.parse(id)));
  }

  /** Renames, suspends, resumes, or gives other settings or another quota. */
  @Patch(':id')
  @TenantAdministrator({ tenantParameter: 'id' })
  @ApiOperation({ summary: 'Change a tenant' })
  @ApiResponse({ status: 200, type: TenantBody })
  @ApiProblem('malformed_body', 'validation_failed', 'not_found', 'conflict', 'body_too_large', 'unsupported_media_type')
  async change(@CurrentAdminCall() call: AdminCall, @Param('id') id: string, @Body() body: ChangeTenantBody): Promise<TenantBody> {
    return TenantBody.from(await this.changeTenant.execute(call, TenantId.parse(id), body.toChange()));
  }

  private async known(id: TenantId) {
    const tenant = await this.tenants.find(id);
    if (tenant === null) throw new NotFound('tenant');
    return tenant;
  }
}
