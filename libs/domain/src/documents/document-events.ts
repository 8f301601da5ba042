import type { DomainEvent } from '../shared/domain-event';
import type { DocumentId } from './document-id';

export type DocumentEvent = DocumentUploaded | DocumentReprocessed | DocumentProcessed | DocumentFailed | DocumentDeleted | DocumentErased;

export interface DocumentUploaded extends DomainEvent<'document.uploaded'> {
  readonly documentId: DocumentId;
  readonly version: number;
  /** Hex SHA-256 of the content. */
  readonly contentHash: string;
}
export interface DocumentReprocessed extends DomainEvent<'document.reprocessed'> {
  readonly documentId: DocumentId;
}
export interface DocumentProcessed extends DomainEvent<'document.processed'> {
  readonly documentId: DocumentId;
  readonly chunkCount: number;
  readonly pageCount: number | null;
  /** Whether it answers from now on; false when a newer version had become the latest meanwhile. */
  readonly isLatest: boolean;
  /** The corpus epoch from which it is known. */
  readonly epoch: number;
  /** Under which the ledger books it, once, however often the event is delivered. */
  readonly usageId: string;
}
export interface DocumentFailed extends DomainEvent<'document.failed'> {
  readonly documentId: DocumentId;
  readonly code: string;
}
export interface DocumentDeleted extends DomainEvent<'document.deleted'> {
  readonly documentId: DocumentId;
  readonly version: number;
}
export interface DocumentErased extends DomainEvent<'document.erased'> {
  readonly documentId: DocumentId;
  readonly chunkCount: number;
}
