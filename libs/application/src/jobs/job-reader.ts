import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { JobId } from '@aegis/domain/jobs/job-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { JobKind } from '../shared/job-queue';
import type { Page, PageRequest } from '../shared/page';

/** `failed`: gave up, or ended at its deadline; `quarantined`: ended its worker three times. */
export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'quarantined'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job as an operator sees it: what it is, never what it is about. */
export interface JobView {
  readonly id: JobId;
  readonly tenantId: TenantId;
  readonly kind: JobKind;
  readonly documentId: DocumentId | null;
  readonly state: JobState;
  /** Last stage that was finished. */
  readonly stage: string;
  readonly attempts: number;
  /** Why it ended, where it did not end well. */
  readonly errorCode: string | null;
  readonly createdAt: Date;
  /** When it may be taken up at the earliest. */
  readonly dueAt: Date;
  /** Until when whoever works on it has it; null: nobody does. */
  readonly leaseUntil: Date | null;
  readonly deadlineAt: Date;
  /** Null: it has not ended. */
  readonly endedAt: Date | null;
}

export interface JobFilter {
  readonly state: JobState | undefined;
  readonly kind: JobKind | undefined;
  readonly tenantId: TenantId | undefined;
}

/** Jobs of all tenants that are not deleted, for the platform's administrator. */
export abstract class JobReader {
  /** Newest first. */
  abstract list(filter: JobFilter, page: PageRequest): Promise<Page<JobView>>;
  abstract find(id: JobId): Promise<JobView | null>;
}
