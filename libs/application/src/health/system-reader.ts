import type { LanguageModelIdentity } from '../providers/language-model';

/** A model of the register; vectors are searched of the one that serves. */
export interface RegisteredEmbeddingModel {
  readonly name: string;
  readonly dimensions: number;
  readonly state: 'serving' | 'building' | 'retired';
  /** Whether this process has it open: the one that serves, and the one that the deployment moves to. */
  readonly isConfigured: boolean;
}

/** What runs here, for an operator: names and numbers, no address and no secret. */
export interface SystemReport {
  readonly profile: 'embedded' | 'production';
  readonly startedAt: Date;
  readonly uptimeSeconds: number;
  readonly versions: {
    readonly aegis: string;
    readonly node: string;
    readonly postgresql: string;
    readonly pgvector: string;
    /** Name of the last migration. */
    readonly schema: string;
  };
  readonly embeddingModels: readonly RegisteredEmbeddingModel[];
  /** In the order in which they are asked. */
  readonly languageModels: readonly LanguageModelIdentity[];
  readonly reranker: string;
  /** Jobs of all tenants by their state; what ended well is not counted. */
  readonly jobs: {
    readonly queued: number;
    readonly running: number;
    readonly failed: number;
    readonly quarantined: number;
    /** Since when the job that waits longest could have been taken up; null: none waits. */
    readonly oldestWaitingSince: Date | null;
  };
}

export abstract class SystemReader {
  abstract read(): Promise<SystemReport>;
}
