import type { Block } from '@aegis/domain/shared/block';

export interface ReadSource {
  readonly bytes: Uint8Array;
  readonly filename: string;
  /** Told as soon as it is known: a long document gets more time. */
  readonly onPageCount: (pages: number) => void;
}

export interface ReadDocument {
  readonly blocks: readonly Block[];
  readonly pageCount: number | null;
  readonly warnings: readonly string[];
}

/** Reads one format. Runs in the extractor's child process only; throws IngestionFailed for what the file is to blame for. */
export type DocumentReader = (source: ReadSource) => Promise<ReadDocument>;
