import { DomainError } from '../shared/domain-error';

/** Why a document could not be read: shown to its owner as `error.code`. */
export type IngestionFailureCode =
  | 'file_empty'
  | 'file_encrypted'
  | 'file_corrupt'
  | 'file_too_large'
  | 'unsupported_media_type'
  | 'no_text'
  | 'processing_timed_out'
  | 'processing_memory_limit'
  | 'processing_failed'
  | 'quota_exceeded';

/** A document ends `failed` with this code; `retryable` says whether the same bytes can succeed another time. */
export class IngestionFailed extends DomainError {
  readonly kind = 'unprocessable';
  constructor(
    readonly code: IngestionFailureCode,
    message: string,
    readonly retryable = false,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
