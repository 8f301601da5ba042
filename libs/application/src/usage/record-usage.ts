import type { QueryCompleted } from '@aegis/domain/answering/answering-events';
import type { DocumentProcessed } from '@aegis/domain/documents/document-events';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { reservationOf } from '@aegis/domain/shared/reservation';
import type { Transaction } from '../unit-of-work';

/** The money of a query is settled in the transaction that records it. */
export const recordQueryUsage = (tx: Transaction, event: QueryCompleted): Promise<void> =>
  tx.usage.post(event.reservation, event.usage, { queryId: event.queryId, documentId: null });

/** Counts a document and its pages. Comes from the outbox, perhaps twice: the ledger books each `usageId` once. */
export function recordIngestion(tx: Transaction, event: DocumentProcessed): Promise<void> {
  const line = { kind: 'ingestion', provider: 'aegis', model: 'ingestion', tokensIn: 0, tokensOut: 0, cost: MicroUsd.zero } as const;
  const nothing = reservationOf(event.usageId, [], event.occurredAt);
  return tx.usage.post(nothing, [{ ...line, pages: event.pageCount ?? 0 }], { queryId: null, documentId: event.documentId });
}
