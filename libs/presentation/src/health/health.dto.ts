import type { HealthCheck, HealthReport } from '@aegis/application/health/health-reader';
import { ApiProperty } from '@nestjs/swagger';

const STATUSES = ['ok', 'degraded', 'failed'] as const;

export class LivenessBody {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  readonly status!: 'ok';

  static alive(): LivenessBody {
    return { status: 'ok' };
  }
}

export class HealthCheckBody {
  @ApiProperty({ enum: STATUSES, example: 'ok' })
  readonly status!: string;

  @ApiProperty({ type: 'integer', example: 3 })
  readonly latency_ms!: number;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly detail!: string | null;

  static from(check: HealthCheck): HealthCheckBody {
    return { status: check.status, latency_ms: Math.round(check.latencyMs), detail: check.detail };
  }
}

export class HealthChecksBody {
  @ApiProperty({ type: () => HealthCheckBody })
  readonly database!: HealthCheckBody;

  @ApiProperty({ type: () => HealthCheckBody })
  readonly queue!: HealthCheckBody;

  @ApiProperty({ type: () => HealthCheckBody })
  readonly embedding_model!: HealthCheckBody;

  @ApiProperty({ type: () => HealthCheckBody })
  readonly llm!: HealthCheckBody;

  @ApiProperty({ type: () => HealthCheckBody })
  readonly storage!: HealthCheckBody;
}

export class HealthBody {
  /** `degraded`: queries are served, something else is missing. */
  @ApiProperty({ enum: STATUSES, example: 'ok' })
  readonly status!: string;

  @ApiProperty({ type: () => HealthChecksBody })
  readonly checks!: HealthChecksBody;

  static from({ status, checks }: HealthReport): HealthBody {
    return {
      status,
      checks: {
        database: HealthCheckBody.from(checks.database),
        queue: HealthCheckBody.from(checks.queue),
        embedding_model: HealthCheckBody.from(checks.embedding_model),
        llm: HealthCheckBody.from(checks.llm),
        storage: HealthCheckBody.from(checks.storage),
      },
    };
  }
}
