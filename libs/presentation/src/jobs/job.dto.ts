import { JOB_STATES, type JobFilter, type JobState, type JobView } from '@aegis/application/jobs/job-reader';
import { JOB_KINDS, type JobKind } from '@aegis/application/shared/job-queue';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsUUID } from 'class-validator';
import { Omittable } from '../http/fields';
import { PageQuery } from '../http/page.dto';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const TIME = '2026-01-02T03:04:05.678Z';

export class JobListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: JOB_STATES })
  @Omittable()
  @IsIn(JOB_STATES)
  readonly state?: JobState;

  @ApiPropertyOptional({ enum: JOB_KINDS })
  @Omittable()
  @IsIn(JOB_KINDS)
  readonly kind?: JobKind;

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @Omittable()
  @IsUUID('all')
  readonly tenant_id?: string;

  toFilter(): JobFilter {
    return { state: this.state, kind: this.kind, tenantId: this.tenant_id === undefined ? undefined : TenantId.parse(this.tenant_id) };
  }
}

export class JobBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly tenant_id!: string;

  @ApiProperty({ enum: JOB_KINDS, example: 'ingest_document' })
  readonly kind!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: ID })
  readonly document_id!: string | null;

  /** `failed`: it gave up, was cancelled, or ran out of time; `quarantined`: it ended its worker three times. */
  @ApiProperty({ enum: JOB_STATES, example: 'failed' })
  readonly state!: string;

  /** The last stage that was finished. */
  @ApiProperty({ type: String, example: 'extract' })
  readonly stage!: string;

  @ApiProperty({ type: 'integer', example: 5 })
  readonly attempts!: number;

  /** Why it ended, where it did not end well: the code of its document, `cancelled`, `deadline` or `poison`. */
  @ApiProperty({ type: String, nullable: true, example: 'processing_failed' })
  readonly error_code!: string | null;

  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly created_at!: string;

  /** When it may be taken up at the earliest. */
  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly due_at!: string;

  /** Until when its worker has it, unless it says again that it lives; null while nobody works on it. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly lease_until!: string | null;

  /** When it is ended, whatever it does. */
  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly deadline_at!: string;

  /** When it had ended and its document was told so. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: TIME })
  readonly ended_at!: string | null;

  static from(job: JobView): JobBody {
    return {
      id: job.id,
      tenant_id: job.tenantId,
      kind: job.kind,
      document_id: job.documentId,
      state: job.state,
      stage: job.stage,
      attempts: job.attempts,
      error_code: job.errorCode,
      created_at: job.createdAt.toISOString(),
      due_at: job.dueAt.toISOString(),
      lease_until: job.leaseUntil?.toISOString() ?? null,
      deadline_at: job.deadlineAt.toISOString(),
      ended_at: job.endedAt?.toISOString() ?? null,
    };
  }
}

export class JobPageBody {
  @ApiProperty({ type: () => [JobBody] })
  readonly data!: readonly JobBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(jobs: readonly JobView[], nextCursor: string | null): JobPageBody {
    return { data: jobs.map((job) => JobBody.from(job)), next_cursor: nextCursor };
  }
}
