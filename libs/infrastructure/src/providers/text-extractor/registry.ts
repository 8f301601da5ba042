/* eslint-disable @typescript-eslint/no-require-imports -- a static import would load every parser for every document */
import type { DocumentReader } from './document-reader';

/**
 * To add a format: one reader beside this file, one line here, and its media type in the sniffer. Each document is read in a process of its
 * own, and loading all the parsers takes half a second there: a reader is loaded when its format is asked for.
 */
export const documentReaders: Readonly<Record<string, () => DocumentReader>> = {
  'application/pdf': () => (require('./pdf-reader') as typeof import('./pdf-reader')).readPdf,
  'text/html': () => (require('./html-reader') as typeof import('./html-reader')).readHtml,
  'text/markdown': () => (require('./markdown-reader') as typeof import('./markdown-reader')).readMarkdown,
  'text/plain': () => (require('./plain-text-reader') as typeof import('./plain-text-reader')).readPlainText,
};
