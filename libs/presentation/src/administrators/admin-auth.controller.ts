import { IssueAdminToken } from '@aegis/application/administrators/issue-admin-token';
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { BootstrapKeyOnly } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { NamesTenant, OptionalBody, type NameTenant } from '../http/current-caller';
import { AdminTokenBody, AdminTokenRequestBody } from './admin-token.dto';

@ApiTags('admin')
@Controller('admin/auth')
export class AdminAuthController {
  constructor(private readonly issueAdminToken: IssueAdminToken) {}

  /** Takes the bootstrap key only, and only where no identity provider is configured; elsewhere it is not found. */
  @Post('token')
  @HttpCode(200)
  @BootstrapKeyOnly()
  @ApiOperation({ summary: 'Exchange the bootstrap key for a short token' })
  @ApiBody({ type: AdminTokenRequestBody, required: false })
  @ApiResponse({ status: 200, type: AdminTokenBody })
  @ApiProblem('malformed_body', 'validation_failed', 'not_found', 'body_too_large', 'unsupported_media_type')
  async token(@OptionalBody(AdminTokenRequestBody) body: AdminTokenRequestBody, @NamesTenant() name: NameTenant): Promise<AdminTokenBody> {
    const tenantId = body.toTenantId();
    name(tenantId);
    return AdminTokenBody.from(await this.issueAdminToken.execute(tenantId));
  }
}
