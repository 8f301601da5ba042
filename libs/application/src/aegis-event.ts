import type { AdministratorEvent } from '@aegis/domain/administrators/administrator-events';
import type { QueryCompleted, QueryReplayed } from '@aegis/domain/answering/answering-events';
import type { DocumentEvent } from '@aegis/domain/documents/document-events';
import type { JobRetried } from '@aegis/domain/jobs/job-events';
import type { TenantEvent } from '@aegis/domain/tenants/tenant-events';

/** Everything that can happen. */
export type AegisEvent = DocumentEvent | QueryCompleted | QueryReplayed | JobRetried | TenantEvent | AdministratorEvent;
