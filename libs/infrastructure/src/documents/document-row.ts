import { EntitySchema } from 'typeorm';
import { Document, type DocumentState } from '@aegis/domain/documents/document';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { FileName } from '@aegis/domain/documents/file-name';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** The columns that commands read and write; what the index and the pipeline keep (is_latest, epochs, counts) is SQL of theirs. */
export interface DocumentRow {
  tenantId: string;
  id: string;
  filename: string;
  version: number;
  previousVersionId: string | null;
  contentHash: Buffer;
  /** int8: pg hands it over as text. */
  sizeBytes: string;
  mediaType: string;
  status: DocumentState['status'];
  error: { code: string; message: string; retryable: boolean } | null;
  title: string | null;
  docType: string | null;
  department: string | null;
  language: string | null;
  tags: string[];
  metadata: object;
  validFrom: Date;
  createdAt: Date;
  erasedAt: Date | null;
  revision: number;
}

export const DocumentTable = new EntitySchema<DocumentRow>({
  name: 'document',
  tableName: 'documents',
  columns: {
    tenantId: { type: 'uuid', primary: true, name: 'tenant_id' },
    id: { type: 'uuid', primary: true },
    filename: { type: 'text' },
    version: { type: 'int' },
    previousVersionId: { type: 'uuid', name: 'previous_version_id', nullable: true },
    contentHash: { type: 'bytea', name: 'content_hash' },
    sizeBytes: { type: 'int8', name: 'size_bytes' },
    mediaType: { type: 'text', name: 'media_type' },
    status: { type: 'text' },
    error: { type: 'jsonb', nullable: true },
    title: { type: 'text', nullable: true },
    docType: { type: 'text', name: 'doc_type', nullable: true },
    department: { type: 'text', nullable: true },
    language: { type: 'text', nullable: true },
    tags: { type: 'text', array: true },
    metadata: { type: 'jsonb' },
    validFrom: { type: 'timestamptz', name: 'valid_from' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    erasedAt: { type: 'timestamptz', name: 'erased_at', nullable: true },
    revision: { type: 'int' },
  },
});

export function toRow(document: Document): DocumentRow {
  const { state, ...props } = document.toSnapshot();
  return {
    ...props,
    contentHash: Buffer.from(props.contentHash, 'hex'),
    sizeBytes: String(props.sizeBytes),
    tags: [...props.tags],
    metadata: { ...props.metadata },
    status: state.status,
    error: state.status === 'failed' ? { ...state.failure } : null,
    erasedAt: null,
  };
}

export const fromRow = ({ status, error, erasedAt: _erasedAt, ...row }: DocumentRow): Document =>
  Document.fromSnapshot({
    ...row,
    metadata: row.metadata as Record<string, unknown>,
    id: row.id as DocumentId,
    tenantId: row.tenantId as TenantId,
    filename: row.filename as FileName,
    previousVersionId: row.previousVersionId as DocumentId | null,
    contentHash: row.contentHash.toString('hex'),
    sizeBytes: Number(row.sizeBytes),
    state: stateOf(status, error),
  });

function stateOf(status: DocumentState['status'], error: DocumentRow['error']): DocumentState {
  if (status !== 'failed') return { status };
  return { status, failure: error ?? { code: 'processing_failed', message: 'processing failed', retryable: false } };
}
