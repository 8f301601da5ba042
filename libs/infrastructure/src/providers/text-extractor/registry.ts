import type { DocumentReader } from './document-reader';
import { readHtml } from './html-reader';
import { readMarkdown } from './markdown-reader';
import { readPdf } from './pdf-reader';
import { readPlainText } from './plain-text-reader';

/** To add a format: one reader beside this file, one line here, and its media type in the sniffer. */
export const documentReaders: Readonly<Record<string, DocumentReader>> = {
  'application/pdf': readPdf,
  'text/html': readHtml,
  'text/markdown': readMarkdown,
  'text/plain': readPlainText,
};
