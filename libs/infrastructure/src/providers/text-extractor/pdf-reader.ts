import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import { dirname, join, sep } from 'node:path';
import { getDocument, type PDFDocumentProxy, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { DocumentReader } from './document-reader';
import { layoutBlocks } from './pdf-layout/layout-blocks';
import type { PageText } from './pdf-layout/page-text';
import { readPageText } from './pdf-page-text';

const MAX_PAGES = 5_000;
const MAX_IMAGE_PIXELS = 40e6;

const INSTALLED = dirname(require.resolve('pdfjs-dist/package.json'));
const folder = (name: string): string => join(INSTALLED, name) + sep;

/** PDF with a text layer. Scanned pages are reported, not read. */
export const readPdf: DocumentReader = async ({ bytes, onPageCount }) => {
  const document = await open(bytes);
  if (document.numPages < 1) throw new IngestionFailed('file_corrupt', 'the PDF has no pages');
  if (document.numPages > MAX_PAGES) throw new IngestionFailed('file_too_large', `the PDF has more than ${MAX_PAGES} pages`);
  onPageCount(document.numPages);
  const pages: PageText[] = [];
  for (let number = 1; number <= document.numPages; number += 1) pages.push(await readPageText(await document.getPage(number), number));
  const isBare = pages.some(({ items }) => !items.some(({ text }) => /[\p{L}\p{N}]/u.test(text)));
  return { blocks: layoutBlocks(pages), pageCount: document.numPages, warnings: isBare ? ['page_without_text'] : [] };
};

async function open(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  try {
    return await getDocument({
      data: bytes,
      isEvalSupported: false,
      enableXfa: false,
      useSystemFonts: false,
      disableFontFace: true,
      verbosity: VerbosityLevel.ERRORS,
      maxImageSize: MAX_IMAGE_PIXELS,
      cMapUrl: folder('cmaps'),
      cMapPacked: true,
      standardFontDataUrl: folder('standard_fonts'),
      wasmUrl: folder('wasm'),
    }).promise;
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'PasswordException') {
      throw new IngestionFailed('file_encrypted', 'the PDF asks for a password', false, { cause });
    }
    throw new IngestionFailed('file_corrupt', 'the file cannot be opened as a PDF', false, { cause });
  }
}
