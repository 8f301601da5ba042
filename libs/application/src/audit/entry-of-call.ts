import type { AuditEntry } from '@aegis/domain/audit/audit-entry';
import type { AdminCall } from '../shared/administrator';

/**
 * One entry for all that a call changed in one trail: an entry a call, whether it changed nothing, one thing or several. It is the entry
 * of the first change; the others, and the call itself, are in its details.
 */
export function entryOfCall([first, ...others]: readonly [AuditEntry, ...AuditEntry[]], call: AdminCall): AuditEntry {
  const { method, route, status, requestId } = call;
  return {
    ...first,
    details: {
      ...first.details,
      call: { method, route, status, request_id: requestId },
      ...(others.length > 0 && { also: others.map(({ type, subjectId, details }) => ({ type, subject_id: subjectId, details })) }),
    },
  };
}
