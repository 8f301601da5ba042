import { Aggregate } from '../shared/aggregate';
import type { Actor } from '../shared/domain-event';
import type { TenantId } from '../tenants/tenant-id';
import type { DocumentEvent } from './document-events';
import type { DocumentId } from './document-id';
import type { FileName } from './file-name';

export interface DocumentFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export type DocumentState =
  | { readonly status: 'pending' }
  | { readonly status: 'processing' }
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly failure: DocumentFailure }
  | { readonly status: 'deleting' };

/** What the uploader says about a file; it never changes how the content is read. */
export interface DocumentDescription {
  readonly title: string | null;
  readonly docType: string | null;
  readonly department: string | null;
  readonly language: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface DocumentProps extends DocumentDescription {
  readonly id: DocumentId;
  readonly tenantId: TenantId;
  readonly filename: FileName;
  readonly version: number;
  readonly previousVersionId: DocumentId | null;
  /** Hex SHA-256. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** Since when this content holds (valid time). */
  readonly validFrom: Date;
  readonly createdAt: Date;
  readonly state: DocumentState;
  readonly revision: number;
}

/** One version of a named file. Becoming the latest is the index's business: it happens in the transaction that publishes its chunks. */
export class Document extends Aggregate<DocumentEvent> {
  private constructor(private props: DocumentProps) {
    super();
  }

  static upload(input: Omit<DocumentProps, 'state' | 'revision' | 'createdAt'>, actor: Actor, at: Date): Document {
    const document = new Document({ ...input, createdAt: at, state: { status: 'processing' }, revision: 0 });
    document.record({
      type: 'document.uploaded',
      occurredAt: at,
      actor,
      documentId: input.id,
      version: input.version,
      contentHash: input.contentHash,
    });
    return document;
  }

  static fromSnapshot(props: DocumentProps): Document {
    return new Document(props);
  }

  toSnapshot(): DocumentProps {
    return this.props;
  }

  get id(): DocumentId {
    return this.props.id;
  }

  hasContent(contentHash: string): boolean {
    return this.props.contentHash === contentHash;
  }

  isFailed(): boolean {
    return this.props.state.status === 'failed';
  }

  isDeleting(): boolean {
    return this.props.state.status === 'deleting';
  }

  /** For whoever records why: no event comes of it. */
  processAgain(): void {
    this.props = { ...this.props, state: { status: 'processing' } };
  }

  reprocess(actor: Actor, at: Date): void {
    this.processAgain();
    this.record({ type: 'document.reprocessed', occurredAt: at, actor, documentId: this.props.id });
  }

  fail(failure: DocumentFailure, at: Date): void {
    this.props = { ...this.props, state: { status: 'failed', failure } };
    this.record({ type: 'document.failed', occurredAt: at, actor: { kind: 'system' }, documentId: this.props.id, code: failure.code });
  }

  delete(actor: Actor, at: Date): void {
    this.props = { ...this.props, state: { status: 'deleting' } };
    this.record({ type: 'document.deleted', occurredAt: at, actor, documentId: this.props.id, version: this.props.version });
  }
}
