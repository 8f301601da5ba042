import { Clock } from '@aegis/application/shared/clock';
import { ChangeTenant } from '@aegis/application/tenants/change-tenant';
import { CreateTenant } from '@aegis/application/tenants/create-tenant';
import { IssueApiKey } from '@aegis/application/tenants/issue-api-key';
import { RevokeApiKey } from '@aegis/application/tenants/revoke-api-key';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { NotFound } from '@aegis/domain/shared/not-found';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PlatformAdministrator } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { Cursors } from '../http/cursors';
import { PageQuery } from '../http/page.dto';
import { ApiKeyPageBody, IssueApiKeyBody, IssuedApiKeyBody } from './api-key.dto';
import { ChangeTenantBody, CreatedTenantBody, CreateTenantBody, TenantBody, TenantPageBody } from './tenant.dto';

@ApiTags('admin')
@Controller('admin/tenants')
export class AdminTenantsController {
  constructor(
    private readonly createTenant: CreateTenant,
    private readonly changeTenant: ChangeTenant,
    private readonly issueApiKey: IssueApiKey,
    private readonly revokeApiKey: RevokeApiKey,
    private readonly tenants: TenantReader,
    private readonly cursors: Cursors,
    private readonly clock: Clock,
  ) {}

  /** Creates a tenant and its first key, which is shown this once. */
  @Post()
  @PlatformAdministrator()
  @ApiOperation({ summary: 'Create a tenant' })
  @ApiResponse({ status: 201, type: CreatedTenantBody })
  @ApiProblem('malformed_body', 'validation_failed', 'body_too_large', 'unsupported_media_type')
  async create(@Body() body: CreateTenantBody): Promise<CreatedTenantBody> {
    return CreatedTenantBody.of(await this.createTenant.execute(body.toInput()));
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
  @PlatformAdministrator()
  @ApiOperation({ summary: 'Read one tenant' })
  @ApiResponse({ status: 200, type: TenantBody })
  @ApiProblem('not_found')
  async read(@Param('id') id: string): Promise<TenantBody> {
    return TenantBody.from(await this.known(TenantId.parse(id)));
  }

  /** Renames, suspends, resumes, or gives other settings or another quota. */
  @Patch(':id')
  @PlatformAdministrator()
  @ApiOperation({ summary: 'Change a tenant' })
  @ApiResponse({ status: 200, type: TenantBody })
  @ApiProblem('malformed_body', 'validation_failed', 'not_found', 'conflict', 'body_too_large', 'unsupported_media_type')
  async change(@Param('id') id: string, @Body() body: ChangeTenantBody): Promise<TenantBody> {
    return TenantBody.from(await this.changeTenant.execute(TenantId.parse(id), body.toChange()));
  }

  /** The key is shown this once. */
  @Post(':id/api-keys')
  @PlatformAdministrator()
  @ApiOperation({ summary: 'Issue an API key' })
  @ApiResponse({ status: 201, type: IssuedApiKeyBody })
  @ApiProblem('malformed_body', 'validation_failed', 'not_found', 'body_too_large', 'unsupported_media_type')
  async issueKey(@Param('id') id: string, @Body() body: IssueApiKeyBody): Promise<IssuedApiKeyBody> {
    return IssuedApiKeyBody.from(await this.issueApiKey.execute(body.toInput(TenantId.parse(id), this.clock.now())));
  }

  @Get(':id/api-keys')
  @PlatformAdministrator()
  @ApiOperation({ summary: "List a tenant's API keys, never their secrets" })
  @ApiResponse({ status: 200, type: ApiKeyPageBody })
  @ApiProblem('not_found', 'validation_failed', 'invalid_cursor')
  async listKeys(@Param('id') id: string, @Query() query: PageQuery): Promise<ApiKeyPageBody> {
    const { id: tenantId } = await this.known(TenantId.parse(id));
    const list = { name: 'api-keys', owner: tenantId, filters: {} };
    const page = await this.tenants.apiKeys(tenantId, { limit: query.limit, after: this.cursors.read(list, query.cursor) });
    return ApiKeyPageBody.from(page.items, this.cursors.write(list, page.next));
  }

  /** The key stops working within 5 seconds. */
  @Delete(':id/api-keys/:keyId')
  @HttpCode(204)
  @PlatformAdministrator()
  @ApiOperation({ summary: 'Revoke an API key' })
  @ApiResponse({ status: 204, description: 'Revoked' })
  @ApiProblem('not_found', 'conflict')
  async revokeKey(@Param('id') id: string, @Param('keyId') keyId: string): Promise<void> {
    await this.revokeApiKey.execute(TenantId.parse(id), ApiKeyId.parse(keyId));
  }

  private async known(id: TenantId) {
    const tenant = await this.tenants.find(id);
    if (tenant === null) throw new NotFound('tenant');
    return tenant;
  }
}
