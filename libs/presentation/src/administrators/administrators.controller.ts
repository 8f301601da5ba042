import { AdministratorReader } from '@aegis/application/administrators/administrator-reader';
import { AppointAdministrator } from '@aegis/application/administrators/appoint-administrator';
import { RevokeAdministrator } from '@aegis/application/administrators/revoke-administrator';
import type { AdminCall } from '@aegis/application/shared/administrator';
import type { AppointmentProps } from '@aegis/domain/administrators/appointment';
import { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PlatformAdministrator } from '../http/access';
import { ApiKeyedProblem, ApiProblem } from '../http/api-problem';
import { CurrentAdminCall } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import { PageQuery } from '../http/page.dto';
import type { Reply } from '../http/reply';
import { AdministratorBody, AdministratorPageBody, AppointAdministratorBody } from './administrator.dto';

@ApiTags('admin')
@Controller('admin/administrators')
export class AdministratorsController {
  constructor(
    private readonly appointAdministrator: AppointAdministrator,
    private readonly revokeAdministrator: RevokeAdministrator,
    private readonly administrators: AdministratorReader,
    private readonly cursors: Cursors,
    private readonly replies: IdempotentReplies,
  ) {}

  @Get()
  @PlatformAdministrator()
  @ApiOperation({ summary: 'List administrators, newest first, revoked ones too' })
  @ApiResponse({ status: 200, type: AdministratorPageBody })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async list(@Query() query: PageQuery): Promise<AdministratorPageBody> {
    const list = { name: 'administrators', owner: 'platform', filters: {} };
    const page = await this.administrators.list({ limit: query.limit, after: this.cursors.read(list, query.cursor) });
    return AdministratorPageBody.from(page.items, this.cursors.write(list, page.next));
  }

  /** A person has one role at a time: 409 while they have one. Effective in every process within 5 seconds. */
  @Post()
  @PlatformAdministrator()
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Make a person an administrator' })
  @ApiResponse({ status: 201, type: AdministratorBody })
  @ApiKeyedProblem('not_found', 'conflict')
  appoint(
    @CurrentAdminCall() call: AdminCall,
    @Body() body: AppointAdministratorBody,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    return this.replies.answer<AppointmentProps>(
      key,
      (appointed) => ({ status: 201, body: AdministratorBody.from(appointed) }),
      (complete) => this.appointAdministrator.execute(call, body.toInput(), complete),
    );
  }

  /** Their tokens are refused within 5 seconds. */
  @Delete(':id')
  @HttpCode(204)
  @PlatformAdministrator()
  @ApiOperation({ summary: 'Revoke an administrator' })
  @ApiResponse({ status: 204, description: 'Revoked' })
  @ApiProblem('malformed_body', 'not_found', 'body_too_large', 'unsupported_media_type')
  async revoke(@CurrentAdminCall() call: AdminCall, @Param('id') id: string): Promise<void> {
    await this.revokeAdministrator.execute(call, AdministratorId.parse(id));
  }
}
