import type { Block } from '@aegis/domain/shared/block';

export interface ExtractionSource {
  readonly bytes: Uint8Array;
  /** As sniffed from the content when the file came in. */
  readonly mediaType: string;
  /** NFC; a hint for text formats only (`.md`, `.html`), never trusted for binaries. */
  readonly filename: string;
}

export interface ExtractedText {
  readonly blocks: readonly Block[];
  readonly pageCount: number | null;
  /** Stable codes of what a reader should know, e.g. `page_without_text`. */
  readonly warnings: readonly string[];
}

/** Reads one document in a process of its own, bounded in time and memory. Throws IngestionFailed with a code, nothing else but a bug. */
export abstract class TextExtractor {
  abstract extract(source: ExtractionSource, signal: AbortSignal): Promise<ExtractedText>;
}
