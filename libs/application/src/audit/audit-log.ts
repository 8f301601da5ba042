import type { AuditEntry } from '@aegis/domain/audit/audit-entry';

/** Appends to the audit trail of the tenant of the transaction; nothing in it can be changed or taken out. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
}
