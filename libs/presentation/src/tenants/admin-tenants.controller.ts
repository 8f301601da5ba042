import { ChangeTenant } from '@aegis/application/tenants/change-tenant';
import { CreateTenant, type CreatedTenant } from '@aegis/application/tenants/create-tenant';
import { DeleteTenant } from '@aegis/application/tenants/delete-tenant';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { TenantProps } from '@aegis/domain/tenants/tenant';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { AdminCall } from '@aegis/application/shared/administrator';
import { PlatformAdministrator, TenantAdministrator } from '../http/access';
import { ApiKeyedProblem, ApiProblem } from '../http/api-problem';
import { CurrentAdminCall } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { isKnown, revisionMeant, revisionTag } from '../http/entity-tag';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import { LOCATION } from '../http/location-header';
import { PageQuery } from '../http/page.dto';
import { Reply } from '../http/reply';
import { CHANGE_TENANT_EXAMPLES, CREATE_TENANT_EXAMPLES } from './tenant-examples';
import { ChangeTenantBody, CreatedTenantBody, CreateTenantBody, TenantBody, TenantDeletionBody, TenantPageBody } from './tenant.dto';

const ETAG = { ETag: { schema: { type: 'string' as const }, required: true } };
const IF_NONE_MATCH = { name: 'If-None-Match', required: false };
const IF_MATCH = { name: 'If-Match', required: false, description: 'The ETag that was seen: another state is not changed' };

@ApiTags('admin')
@Controller('admin/tenants')
export class AdminTenantsController {
  constructor(
    private readonly createTenant: CreateTenant,
    private readonly changeTenant: ChangeTenant,
    private readonly deleteTenant: DeleteTenant,
    private readonly tenants: TenantReader,
    private readonly cursors: Cursors,
    private readonly replies: IdempotentReplies,
  ) {}

  /** Creates a tenant and its first key, which is shown this once. */
  @Post()
  @PlatformAdministrator()
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create a tenant' })
  @ApiBody({ type: CreateTenantBody, examples: CREATE_TENANT_EXAMPLES })
  @ApiResponse({ status: 201, type: CreatedTenantBody, headers: { ...ETAG, ...LOCATION } })
  @ApiKeyedProblem()
  create(
    @CurrentAdminCall() call: AdminCall,
    @Body() body: CreateTenantBody,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    return this.replies.answer<CreatedTenant>(
      key,
      (created) => ({
        ...{ status: 201, body: CreatedTenantBody.of(created) },
        headers: { location: `/v1/admin/tenants/${created.tenant.id}`, etag: revisionTag(created.tenant.revision) },
      }),
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
  @ApiHeader(IF_NONE_MATCH)
  @ApiResponse({ status: 200, type: TenantBody, headers: ETAG })
  @ApiResponse({ status: 304, description: 'Unchanged since this ETag' })
  @ApiProblem('not_found')
  async read(@Param('id') id: string, @Headers('if-none-match') known: string | undefined): Promise<Reply<TenantBody | undefined>> {
    const tenant = await this.known(TenantId.parse(id));
    const etag = revisionTag(tenant.revision);
    return isKnown(etag, known) ? new Reply(undefined, { etag }, 304) : tagged(tenant);
  }

  /** Renames, suspends, resumes, or gives other settings or another quota. Effective in every process within 5 seconds. */
  @Patch(':id')
  @TenantAdministrator({ tenantParameter: 'id' })
  @ApiOperation({ summary: 'Change a tenant' })
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: ChangeTenantBody, examples: CHANGE_TENANT_EXAMPLES })
  @ApiResponse({ status: 200, type: TenantBody, headers: ETAG })
  @ApiProblem(
    'malformed_body',
    'validation_failed',
    'not_found',
    'conflict',
    'precondition_failed',
    'body_too_large',
    'unsupported_media_type',
  )
  async change(
    @CurrentAdminCall() call: AdminCall,
    @Param('id') id: string,
    @Body() body: ChangeTenantBody,
    @Headers('if-match') seen: string | undefined,
  ): Promise<Reply<TenantBody>> {
    return tagged(await this.changeTenant.execute(call, TenantId.parse(id), body.toChange(), revisionMeant(seen)));
  }

  /**
   * Ends a tenant: from now on nothing of it is served, its keys are unknown, and all it owned is erased in the background. A nameless row
   * stays; usage and audit trail stay until its `retention_days` (365 where it set none) have passed.
   */
  @Delete(':id')
  @HttpCode(202)
  @PlatformAdministrator({ tenantParameter: 'id' })
  @ApiOperation({ summary: 'Delete a tenant and all it owns' })
  @ApiHeader(IF_MATCH)
  @ApiResponse({ status: 202, type: TenantDeletionBody })
  @ApiProblem('malformed_body', 'not_found', 'conflict', 'precondition_failed', 'body_too_large', 'unsupported_media_type')
  async delete(
    @CurrentAdminCall() call: AdminCall,
    @Param('id') id: string,
    @Headers('if-match') seen: string | undefined,
  ): Promise<TenantDeletionBody> {
    return TenantDeletionBody.from(await this.deleteTenant.execute(call, TenantId.parse(id), revisionMeant(seen)));
  }

  private async known(id: TenantId) {
    const tenant = await this.tenants.find(id);
    if (tenant === null) throw new NotFound('tenant');
    return tenant;
  }
}

const tagged = (tenant: TenantProps): Reply<TenantBody> => new Reply(TenantBody.from(tenant), { etag: revisionTag(tenant.revision) });
