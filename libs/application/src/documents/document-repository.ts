import type { Document } from '@aegis/domain/documents/document';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { FileName } from '@aegis/domain/documents/file-name';

export interface DocumentProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** Documents of the tenant of the transaction. */
export interface DocumentRepository {
  /** Throws ConcurrentChange when this version of the name exists already. */
  add(document: Document): Promise<void>;
  /** Throws ConcurrentChange when the row changed since it was read. */
  update(document: Document): Promise<void>;
  /** Null for another tenant's id as for one that never was, and for an erased document. */
  find(id: DocumentId): Promise<Document | null>;
  /** The newest version of a name that is not being deleted. */
  newest(filename: FileName): Promise<Document | null>;
  /** Highest version number ever given to the name, erased versions included; 0 for a new name. */
  highestVersion(filename: FileName): Promise<number>;
  showProgress(id: DocumentId, progress: DocumentProgress | null): Promise<void>;
  /** What the content said: language when the uploader did not say, pages, warnings. */
  describeContent(id: DocumentId, found: { language: string; pageCount: number | null; warnings: readonly string[] }): Promise<void>;
}
