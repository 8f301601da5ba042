import { Clock } from '@aegis/application/shared/clock';
import { IssueApiKey, type IssuedApiKey } from '@aegis/application/tenants/issue-api-key';
import { RevokeApiKey } from '@aegis/application/tenants/revoke-api-key';
import { RotateApiKey, type RotatedApiKey } from '@aegis/application/tenants/rotate-api-key';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { NotFound } from '@aegis/domain/shared/not-found';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { AdminCall } from '@aegis/application/shared/administrator';
import { TenantAdministrator } from '../http/access';
import { ApiKeyedProblem, ApiProblem } from '../http/api-problem';
import { CurrentAdminCall, OptionalBody } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import { PageQuery } from '../http/page.dto';
import type { Reply } from '../http/reply';
import { ApiKeyPageBody, IssueApiKeyBody, IssuedApiKeyBody, RotateApiKeyBody, RotatedApiKeyBody } from './api-key.dto';

@ApiTags('admin')
@Controller('admin/tenants/:id/api-keys')
export class AdminApiKeysController {
  constructor(
    private readonly issueApiKey: IssueApiKey,
    private readonly rotateApiKey: RotateApiKey,
    private readonly revokeApiKey: RevokeApiKey,
    private readonly tenants: TenantReader,
    private readonly cursors: Cursors,
    private readonly replies: IdempotentReplies,
    private readonly clock: Clock,
  ) {}

  /** The key is shown this once. */
  @Post()
  @TenantAdministrator({ tenantParameter: 'id' })
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Issue an API key' })
  @ApiResponse({ status: 201, type: IssuedApiKeyBody })
  @ApiKeyedProblem('not_found')
  issue(
    @CurrentAdminCall() call: AdminCall,
    @Param('id') id: string,
    @Body() body: IssueApiKeyBody,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    const input = body.toInput(TenantId.parse(id), this.clock.now());
    return this.replies.answer<IssuedApiKey>(
      key,
      (issued) => ({ status: 201, body: IssuedApiKeyBody.from(issued) }),
      (complete) => this.issueApiKey.execute(call, input, complete),
    );
  }

  @Get()
  @TenantAdministrator({ tenantParameter: 'id' })
  @ApiOperation({ summary: "List a tenant's API keys, never their secrets" })
  @ApiResponse({ status: 200, type: ApiKeyPageBody })
  @ApiProblem('not_found', 'validation_failed', 'invalid_cursor')
  async list(@Param('id') id: string, @Query() query: PageQuery): Promise<ApiKeyPageBody> {
    const tenantId = TenantId.parse(id);
    if ((await this.tenants.find(tenantId)) === null) throw new NotFound('tenant');
    const list = { name: 'api-keys', owner: tenantId, filters: {} };
    const page = await this.tenants.apiKeys(tenantId, { limit: query.limit, after: this.cursors.read(list, query.cursor) });
    return ApiKeyPageBody.from(page.items, this.clock.now(), this.cursors.write(list, page.next));
  }

  /** A new key for the same use takes the place of this one, which works on for the overlap. The new key is shown this once. */
  @Post(':keyId/rotate')
  @TenantAdministrator({ tenantParameter: 'id' })
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Rotate an API key' })
  @ApiBody({ type: RotateApiKeyBody, required: false })
  @ApiResponse({ status: 201, type: RotatedApiKeyBody })
  @ApiKeyedProblem('not_found', 'conflict')
  rotate(
    @CurrentAdminCall() call: AdminCall,
    @Param('id') id: string,
    @Param('keyId') keyId: string,
    @OptionalBody(RotateApiKeyBody) body: RotateApiKeyBody,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    const input = body.toInput(TenantId.parse(id), ApiKeyId.parse(keyId));
    return this.replies.answer<RotatedApiKey>(
      key,
      (rotated) => ({ status: 201, body: RotatedApiKeyBody.of(rotated) }),
      (complete) => this.rotateApiKey.execute(call, input, complete),
    );
  }

  /** The key stops working within 5 seconds. */
  @Delete(':keyId')
  @HttpCode(204)
  @TenantAdministrator({ tenantParameter: 'id' })
  @ApiOperation({ summary: 'Revoke an API key' })
  @ApiResponse({ status: 204, description: 'Revoked' })
  @ApiProblem('malformed_body', 'not_found', 'conflict', 'body_too_large', 'unsupported_media_type')
  async revoke(@CurrentAdminCall() call: AdminCall, @Param('id') id: string, @Param('keyId') keyId: string): Promise<void> {
    await this.revokeApiKey.execute(call, TenantId.parse(id), ApiKeyId.parse(keyId));
  }
}
