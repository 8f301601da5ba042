import { JobReader, type JobView } from '@aegis/application/jobs/job-reader';
import { RetryJob } from '@aegis/application/jobs/retry-job';
import type { AdminCall } from '@aegis/application/shared/administrator';
import { JobId } from '@aegis/domain/jobs/job-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PlatformAdministrator } from '../http/access';
import { ApiKeyedProblem, ApiProblem } from '../http/api-problem';
import { CurrentAdminCall, NamesTenant, type NameTenant } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies } from '../http/idempotent-replies';
import type { Reply } from '../http/reply';
import { JobBody, JobListQuery, JobPageBody } from './job.dto';

@ApiTags('admin')
@Controller('admin/jobs')
export class AdminJobsController {
  constructor(
    private readonly retryJob: RetryJob,
    private readonly jobs: JobReader,
    private readonly cursors: Cursors,
    private readonly replies: IdempotentReplies,
  ) {}

  /** What workers have done, do and have to do, for all tenants. Never what a document says. 실패한 작업은 `state=failed`로 찾습니다. */
  @Get()
  @PlatformAdministrator()
  @ApiOperation({ summary: 'List jobs, newest first' })
  @ApiResponse({ status: 200, type: JobPageBody })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async list(@Query() query: JobListQuery): Promise<JobPageBody> {
    const filter = query.toFilter();
    const list = { name: 'admin-jobs', owner: 'platform', filters: { ...filter } };
    const page = await this.jobs.list(filter, { limit: query.limit, after: this.cursors.read(list, query.cursor) });
    return JobPageBody.from(page.items, this.cursors.write(list, page.next));
  }

  /**
   * Has a `failed` or `quarantined` job begun anew, from its first stage on; its document is processed again, and billed as at its upload.
   * 409 for a job in any other state, for one that was cancelled, and while the same work is under way. Takes no body.
   */
  @Post(':id/retry')
  @HttpCode(202)
  @PlatformAdministrator({ body: 'none' })
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Retry a job that failed' })
  @ApiResponse({ status: 202, type: JobBody })
  @ApiKeyedProblem('not_found', 'conflict')
  async retry(
    @CurrentAdminCall() call: AdminCall,
    @Param('id') id: string,
    @NamesTenant() name: NameTenant,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    const job = await this.jobs.find(JobId.parse(id));
    if (job === null) throw new NotFound('job');
    name(job.tenantId);
    return this.replies.answer<JobView>(
      // The key stands where the effect is, so that they are one transaction.
      key && { ...key, placed: { ...key.placed, tenantId: job.tenantId } },
      (retried) => ({ status: 202, body: JobBody.from(retried) }),
      (complete) => this.retryJob.execute(call, job, complete),
    );
  }
}
