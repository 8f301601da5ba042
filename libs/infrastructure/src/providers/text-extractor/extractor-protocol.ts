import type { IngestionFailureCode } from '@aegis/domain/ingestion/ingestion-errors';
import type { ReadDocument } from './document-reader';
import type { ExtractorLimits } from './extractor-limits';

/** The first line on the child's standard input; the file's bytes follow. */
export interface ExtractorRequest {
  readonly mediaType: string;
  readonly filename: string;
}

/** One line of JSON each on the child's standard output: pages as soon as they are known, then how it ended. */
export type ExtractorMessage =
  | { readonly type: 'pages'; readonly pages: number }
  | { readonly type: 'document'; readonly document: ReadDocument }
  | { readonly type: 'failed'; readonly code: IngestionFailureCode; readonly message: string };

/** Limits travel as an argument: the watchdog runs before standard input is read. */
export const limitsArgument = ({ cpuMs, memoryBytes, perPageMs }: ExtractorLimits): string =>
  JSON.stringify({ cpuMs, memoryBytes, perPageMs });
