import type { DocumentView } from '@aegis/application/documents/document-reader';
import type { DocumentFailure, DocumentProps } from '@aegis/domain/documents/document';
import { ApiProperty } from '@nestjs/swagger';
import type { ProblemLanguage } from '../http/problems/language';
import { koreanFailureMessage } from './failure-messages.ko';

export const DOCUMENT_STATUSES = ['pending', 'processing', 'completed', 'failed', 'deleting'] as const;
const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const TIME = '2026-01-02T03:04:05.678Z';

/** One version of a named file, as far as an upload knows it. */
export class UploadedDocumentBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  /** The name by which versions belong together, in NFC. */
  @ApiProperty({ type: String, example: 'report.pdf' })
  readonly filename!: string;

  @ApiProperty({ enum: DOCUMENT_STATUSES, example: 'processing' })
  readonly status!: string;

  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  readonly version!: number;

  /** SHA-256 of the bytes, hex. */
  @ApiProperty({ type: String, example: HASH })
  readonly content_hash!: string;

  @ApiProperty({ type: 'integer', example: 123456 })
  readonly size_bytes!: number;

  /** Found in the content, never taken from the client. */
  @ApiProperty({ type: String, example: 'application/pdf' })
  readonly media_type!: string;

  /** The newest version had this very content: nothing is processed or billed again. */
  @ApiProperty({ type: Boolean, example: false })
  readonly duplicate!: boolean;

  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly created_at!: string;

  static from(document: DocumentProps, duplicate: boolean): UploadedDocumentBody {
    return {
      id: document.id,
      filename: document.filename,
      status: document.state.status,
      version: document.version,
      content_hash: document.contentHash,
      size_bytes: document.sizeBytes,
      media_type: document.mediaType,
      duplicate,
      created_at: document.createdAt.toISOString(),
    };
  }
}

export class DocumentProgressBody {
  @ApiProperty({ type: String, example: 'embed' })
  readonly stage!: string;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly done!: number;

  @ApiProperty({ type: 'integer', example: 40 })
  readonly total!: number;
}

export class DocumentErrorBody {
  /** Stable code, e.g. `file_encrypted`. */
  @ApiProperty({ type: String, example: 'file_encrypted' })
  readonly code!: string;

  /** In the language of `Accept-Language`, Korean or English; where it names neither, in the tenant's. */
  @ApiProperty({ type: String, example: 'the PDF asks for a password' })
  readonly message!: string;

  /** Whether the same bytes can succeed another time. */
  @ApiProperty({ type: Boolean, example: false })
  readonly retryable!: boolean;

  static from({ code, message, retryable }: DocumentFailure, language: ProblemLanguage): DocumentErrorBody {
    return { code, message: language === 'ko' ? koreanFailureMessage(code, message) : message, retryable };
  }
}

export class DocumentBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'report.pdf' })
  readonly filename!: string;

  @ApiProperty({ enum: DOCUMENT_STATUSES, example: 'completed' })
  readonly status!: string;

  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  readonly version!: number;

  /** SHA-256 of the bytes, hex. */
  @ApiProperty({ type: String, example: HASH })
  readonly content_hash!: string;

  @ApiProperty({ type: 'integer', example: 123456 })
  readonly size_bytes!: number;

  @ApiProperty({ type: String, example: 'application/pdf' })
  readonly media_type!: string;

  @ApiProperty({ type: String, nullable: true, example: '2023 annual report' })
  readonly title!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'report' })
  readonly doc_type!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'finance' })
  readonly department!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'ko' })
  readonly language!: string | null;

  @ApiProperty({ type: [String], example: ['q3'] })
  readonly tags!: readonly string[];

  @ApiProperty({ type: 'object', additionalProperties: true, example: { project: 'apollo' } })
  readonly metadata!: Readonly<Record<string, unknown>>;

  /** Whether queries are answered from this version. */
  @ApiProperty({ type: Boolean, example: true })
  readonly is_latest!: boolean;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  readonly previous_version_id!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly replaced_at!: string | null;

  /** Since when this version holds. */
  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly valid_from!: string;

  @ApiProperty({ type: 'integer', nullable: true, example: 12 })
  readonly page_count!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 48 })
  readonly chunk_count!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 0 })
  readonly asset_count!: number | null;

  @ApiProperty({ type: () => DocumentProgressBody, nullable: true })
  readonly progress!: DocumentProgressBody | null;

  @ApiProperty({ type: () => DocumentErrorBody, nullable: true })
  readonly error!: DocumentErrorBody | null;

  /** Codes of what was odd but no failure, e.g. `page_without_text`. */
  @ApiProperty({ type: [String], example: [] })
  readonly warnings!: readonly string[];

  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: TIME })
  readonly processed_at!: string | null;

  static from(view: DocumentView, language: ProblemLanguage): DocumentBody {
    return {
      id: view.id,
      filename: view.filename,
      status: view.status,
      version: view.version,
      content_hash: view.contentHash,
      size_bytes: view.sizeBytes,
      media_type: view.mediaType,
      title: view.title,
      doc_type: view.docType,
      department: view.department,
      language: view.language,
      tags: view.tags,
      metadata: view.metadata,
      is_latest: view.isLatest,
      previous_version_id: view.previousVersionId,
      replaced_at: view.replacedAt?.toISOString() ?? null,
      valid_from: view.validFrom.toISOString(),
      page_count: view.pageCount,
      chunk_count: view.chunkCount,
      asset_count: view.assetCount,
      progress: view.progress,
      error: view.error && DocumentErrorBody.from(view.error, language),
      warnings: view.warnings,
      created_at: view.createdAt.toISOString(),
      processed_at: view.processedAt?.toISOString() ?? null,
    };
  }
}

export class DocumentPageBody {
  @ApiProperty({ type: () => [DocumentBody] })
  readonly data!: readonly DocumentBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(views: readonly DocumentView[], language: ProblemLanguage, nextCursor: string | null): DocumentPageBody {
    return { data: views.map((view) => DocumentBody.from(view, language)), next_cursor: nextCursor };
  }
}

export class DocumentVersionBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly id!: string;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly version!: number;

  @ApiProperty({ type: Boolean, example: true })
  readonly is_latest!: boolean;

  @ApiProperty({ enum: DOCUMENT_STATUSES, example: 'completed' })
  readonly status!: string;

  @ApiProperty({ type: String, format: 'date-time', example: TIME })
  readonly created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly replaced_at!: string | null;

  static from(view: DocumentView): DocumentVersionBody {
    return {
      id: view.id,
      version: view.version,
      is_latest: view.isLatest,
      status: view.status,
      created_at: view.createdAt.toISOString(),
      replaced_at: view.replacedAt?.toISOString() ?? null,
    };
  }
}

export class DeletionBody {
  /** Names the erasure that has begun. */
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly deletion_id!: string;

  static from(deletionId: string): DeletionBody {
    return { deletion_id: deletionId };
  }
}
