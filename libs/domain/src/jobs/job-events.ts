import type { DocumentId } from '../documents/document-id';
import type { DomainEvent } from '../shared/domain-event';
import type { JobId } from './job-id';

/** An administrator had work begun anew that had failed. */
export interface JobRetried extends DomainEvent<'job.retried'> {
  readonly jobId: JobId;
  readonly kind: string;
  readonly documentId: DocumentId;
  /** The call by which it was asked for: it has no other entry in the audit trail. */
  readonly call: { readonly method: string; readonly route: string; readonly status: number; readonly requestId: string };
}
