import type { Block } from '@aegis/domain/shared/block';
import type { ChunkDraft } from '@aegis/domain/ingestion/chunk';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { ClaimedJob } from '../shared/job-store';

/** What the pipeline needs of a document. */
export interface IngestedDocument {
  readonly id: DocumentId;
  readonly tenantId: TenantId;
  readonly filename: string;
  /** As sniffed when the file came in. */
  readonly mediaType: string;
  /** Hex SHA-256 of the original. */
  readonly contentHash: string;
  /** Part of every chunk's indexed text. */
  readonly title: string | null;
}

/** What a stage may know of the piece of work it belongs to. */
export interface IngestionWork {
  readonly document: IngestedDocument;
  readonly job: ClaimedJob;
  readonly signal: AbortSignal;
  /** Shown to whoever waits; also proves that the lease is still ours. */
  readonly report: (done: number, total: number) => Promise<void>;
}

/** What the stages hand on to each other; nothing of it survives a crash, so it is made again. */
export interface IngestionDraft {
  readonly blocks: readonly Block[];
  readonly chunks: readonly ChunkDraft[];
  readonly pageCount: number | null;
  readonly warnings: readonly string[];
}

export const EMPTY_DRAFT: IngestionDraft = { blocks: [], chunks: [], pageCount: null, warnings: [] };

export const STAGE_NAMES = ['extract', 'clean', 'chunk', 'index', 'embed'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/** One processor of the chain. Idempotent: a retry may run it again on the same document. */
export interface IngestionStage {
  readonly name: StageName;
  /** Its effect is in the database: a retry goes on behind it. */
  readonly durable: boolean;
  run(work: IngestionWork, draft: IngestionDraft): Promise<IngestionDraft>;
}
