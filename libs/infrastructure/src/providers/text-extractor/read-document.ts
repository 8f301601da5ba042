import { cleanBlocks } from '@aegis/domain/ingestion/clean-text';
import type { Block } from '@aegis/domain/shared/block';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import type { ReadDocument } from './document-reader';
import { documentReaders } from './registry';

const MAX_TEXT_CHARACTERS = 10_000_000;

interface FileToRead {
  readonly bytes: Uint8Array;
  readonly filename: string;
  readonly mediaType: string;
}

/** Reads a file with the reader of its format and cleans its text. Throws IngestionFailed with the reason. */
export async function readDocument(
  { bytes, filename, mediaType }: FileToRead,
  onPageCount: (pages: number) => void,
): Promise<ReadDocument> {
  const read = documentReaders[mediaType]?.();
  if (read === undefined) throw new IngestionFailed('unsupported_media_type', `no reader for ${mediaType}`);
  const document = await read({ bytes, filename, onPageCount });
  const { blocks, warnings } = cleanBlocks(document.blocks);
  const texts = blocks.flatMap(textsOf);
  if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_TEXT_CHARACTERS) {
    throw new IngestionFailed('file_too_large', `the document has more than ${MAX_TEXT_CHARACTERS} characters of text`);
  }
  if (!texts.some((text) => /[\p{L}\p{N}]/u.test(text))) throw new IngestionFailed('no_text', 'no text was found in the document');
  return { blocks, pageCount: document.pageCount, warnings: [...new Set([...document.warnings, ...warnings])] };
}

const textsOf = (block: Block): readonly string[] =>
  block.kind === 'table' ? [block.caption ?? '', ...block.header, ...block.rows.flat()] : [block.text];
