import type { Json } from '@aegis/domain/shared/canonical-json';
import type { AuditEntry } from '@aegis/domain/audit/audit-entry';
import type { AegisEvent } from '../aegis-event';
import type { AuditLog } from './audit-log';

/** What is written down of each event: ids, counts and codes. */
export const recordAudit = (tx: { readonly audit: AuditLog }, event: AegisEvent): Promise<void> => tx.audit.append(auditEntryOf(event));

function auditEntryOf(event: AegisEvent): AuditEntry {
  return { type: event.type, at: event.occurredAt, actor: event.actor, subjectId: subjectOf(event), details: detailsOf(event) };
}

function subjectOf(event: AegisEvent): string {
  if ('queryId' in event) return event.queryId;
  if ('jobId' in event) return event.jobId;
  if ('documentId' in event) return event.documentId;
  if ('administratorId' in event) return event.administratorId;
  return 'keyId' in event ? event.keyId : event.tenantId;
}

function detailsOf(event: AegisEvent): { readonly [key: string]: Json } {
  switch (event.type) {
    case 'query.completed':
      return {
        outcome: event.outcome,
        chunk_ids: event.chunkIds,
        corpus_epoch: event.corpusEpoch,
        cost_micro_usd: event.usage.reduce((sum, line) => sum + line.cost, 0),
      };
    case 'query.replayed':
      return { identical: event.identical, reason: event.reason };
    case 'document.uploaded':
      return { version: event.version, content_hash: event.contentHash };
    case 'document.processed':
      return { chunk_count: event.chunkCount, page_count: event.pageCount, is_latest: event.isLatest, corpus_epoch: event.epoch };
    case 'document.failed':
      return { code: event.code };
    case 'document.deleted':
      return { version: event.version };
    case 'document.erased':
      return { chunk_count: event.chunkCount };
    case 'job.retried': {
      const { kind, documentId, call } = event;
      const { requestId, ...said } = call;
      return { kind, document_id: documentId, call: { ...said, request_id: requestId } };
    }
    case 'tenant.changed':
      return { fields: event.fields };
    case 'tenant.deleted':
      return { deletion_id: event.deletionId, retention_days: event.retentionDays };
    case 'tenant.erased':
      return { deletion_id: event.deletionId };
    case 'api_key.issued':
      return { scopes: event.scopes, mode: event.mode ?? 'live' };
    case 'api_key.rotated':
      return { successor_id: event.successorId, overlap_seconds: event.overlapSeconds };
    case 'administrator.appointed':
      return { tenant_id: event.tenantId, issuer: event.issuer, subject: event.subject };
    case 'administrator.revoked':
      return { tenant_id: event.tenantId };
    case 'document.reprocessed':
    case 'tenant.created':
    case 'api_key.revoked':
      return {};
  }
}
