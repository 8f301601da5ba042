import { type CheerioAPI, load, loadBuffer } from 'cheerio';
import { decodeText } from './decode-text';
import type { DocumentReader } from './document-reader';
import { blocksOfPage } from './html-blocks';

const DECLARED = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i;

/** HTML as a reader sees it: nothing hidden, no navigation. */
export const readHtml: DocumentReader = ({ bytes }) =>
  Promise.resolve({ blocks: blocksOfPage(parse(bytes)), pageCount: null, warnings: [] });

/** What decodes as Unicode is Unicode, whatever the page declares; a page that declares nothing, or declares it wrongly, is guessed. */
function parse(bytes: Uint8Array): CheerioAPI {
  const { text, encoding } = decodeText(bytes);
  const declared = DECLARED.exec(text.slice(0, 4_096))?.[1]?.toLowerCase();
  if (encoding.startsWith('utf-') || declared === undefined || declared === 'utf-8') return load(text);
  return loadBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
