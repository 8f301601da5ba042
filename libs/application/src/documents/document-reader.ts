import type { DocumentFailure, DocumentState } from '@aegis/domain/documents/document';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Page, PageRequest } from '../shared/page';
import type { DocumentProgress } from './document-repository';

export interface DocumentView {
  readonly id: string;
  readonly filename: string;
  readonly status: DocumentState['status'];
  readonly version: number;
  readonly contentHash: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly title: string | null;
  readonly docType: string | null;
  readonly department: string | null;
  readonly language: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly isLatest: boolean;
  readonly previousVersionId: string | null;
  readonly replacedAt: Date | null;
  readonly validFrom: Date;
  readonly createdAt: Date;
  readonly processedAt: Date | null;
  readonly pageCount: number | null;
  readonly chunkCount: number | null;
  readonly assetCount: number | null;
  readonly progress: DocumentProgress | null;
  readonly error: DocumentFailure | null;
  readonly warnings: readonly string[];
  /** Changes with every change of the row: the ETag. */
  readonly revision: number;
}

export interface DocumentListFilter {
  readonly status: DocumentState['status'] | undefined;
  readonly filename: string | undefined;
  readonly docType: string | undefined;
  readonly department: string | undefined;
  readonly language: string | undefined;
  readonly tag: string | undefined;
  /** Only what answers now, and the newest upload of a name while it is processed or when it failed. */
  readonly latestOnly: boolean;
}

export interface ChunkView {
  readonly id: string;
  readonly ordinal: number;
  readonly content: string;
  readonly tokenCount: number;
  readonly page: number | null;
  readonly section: readonly string[];
  readonly kind: 'text' | 'table' | 'figure';
}

export abstract class DocumentReader {
  abstract find(tenantId: TenantId, id: DocumentId): Promise<DocumentView | null>;
  abstract list(tenantId: TenantId, filter: DocumentListFilter, page: PageRequest): Promise<Page<DocumentView>>;
  /** Those of the ids that are documents and not erased. */
  abstract known(tenantId: TenantId, ids: readonly DocumentId[]): Promise<ReadonlySet<DocumentId>>;
  /** All versions of a name, newest first (at most 1,000); null when the name never was. */
  abstract versions(tenantId: TenantId, filename: string): Promise<readonly DocumentView[] | null>;
  /** In document order; `afterOrdinal` -1 for the first page. Null for an unknown document. */
  abstract chunks(tenantId: TenantId, id: DocumentId, afterOrdinal: number, limit: number): Promise<readonly ChunkView[] | null>;
}
