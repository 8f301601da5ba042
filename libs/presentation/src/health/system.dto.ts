import type { SystemReport } from '@aegis/application/health/system-reader';
import { ApiProperty } from '@nestjs/swagger';

const TIME = '2026-01-02T03:04:05.678Z';
const MODEL_STATES = ['serving', 'building', 'retired'] as const;

export class SystemVersionsBody {
  @ApiProperty({ type: String, example: '0.1.0' })
  readonly aegis!: string;

  @ApiProperty({ type: String, example: '20.20.0' })
  readonly node!: string;

  @ApiProperty({ type: String, example: '17.6' })
  readonly postgresql!: string;

  @ApiProperty({ type: String, example: '0.8.7' })
  readonly pgvector!: string;

  /** The last migration. */
  @ApiProperty({ type: String, example: 'Tenants20260101120000' })
  readonly schema!: string;
}

export class SystemEmbeddingModelBody {
  @ApiProperty({ type: String, example: 'multilingual-e5-small-ko-en' })
  readonly name!: string;

  @ApiProperty({ type: 'integer', example: 384 })
  readonly dimensions!: number;

  /** Queries are searched with the one that is `serving`. */
  @ApiProperty({ enum: MODEL_STATES, example: 'serving' })
  readonly state!: string;

  /** Whether this process has it open. */
  @ApiProperty({ type: Boolean, example: true })
  readonly configured!: boolean;
}

export class SystemLanguageModelBody {
  @ApiProperty({ type: String, example: 'ollama' })
  readonly provider!: string;

  @ApiProperty({ type: String, example: 'llama3.1:8b' })
  readonly model!: string;
}

export class SystemModelsBody {
  @ApiProperty({ type: () => [SystemEmbeddingModelBody] })
  readonly embedding!: readonly SystemEmbeddingModelBody[];

  /** In the order in which they are asked: a later one stands in for those before it. */
  @ApiProperty({ type: () => [SystemLanguageModelBody] })
  readonly language!: readonly SystemLanguageModelBody[];

  @ApiProperty({ type: String, example: 'features' })
  readonly reranker!: string;
}

export class SystemQueueBody {
  @ApiProperty({ type: 'integer', example: 12 })
  readonly queued!: number;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly running!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  readonly failed!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  readonly quarantined!: number;

  /** Since when the job that waits longest could have been taken up. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: TIME })
  readonly oldest_waiting_since!: string | null;
}

export class SystemBody {
  @ApiProperty({ enum: ['embedded', 'production'], example: 'embedded' })
  readonly profile!: string;

  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly started_at!: string;

  /** Of the process that answers. */
  @ApiProperty({ type: 'integer', example: 86400 })
  readonly uptime_seconds!: number;

  @ApiProperty({ type: () => SystemVersionsBody })
  readonly versions!: SystemVersionsBody;

  @ApiProperty({ type: () => SystemModelsBody })
  readonly models!: SystemModelsBody;

  /** Jobs of all tenants by their state, but for those that ended well. */
  @ApiProperty({ type: () => SystemQueueBody })
  readonly queue!: SystemQueueBody;

  static from({ profile, startedAt, uptimeSeconds, versions, embeddingModels, languageModels, reranker, jobs }: SystemReport): SystemBody {
    const { queued, running, failed, quarantined, oldestWaitingSince } = jobs;
    return {
      profile,
      started_at: startedAt.toISOString(),
      uptime_seconds: uptimeSeconds,
      versions,
      models: {
        embedding: embeddingModels.map(({ name, dimensions, state, isConfigured }) => ({
          name,
          dimensions,
          state,
          configured: isConfigured,
        })),
        language: languageModels.map(({ provider, model }) => ({ provider, model })),
        reranker,
      },
      queue: { queued, running, failed, quarantined, oldest_waiting_since: oldestWaitingSince?.toISOString() ?? null },
    };
  }
}
