import { MediaTypeSniffer } from '@aegis/application/providers/media-type-sniffer';
import { fileTypeFromBuffer } from 'file-type';
import { decodeText } from './decode-text';

/** Where a PDF may begin: some programs put a few lines in front of it. */
const PDF_WITHIN_BYTES = 1_024;
/** More control characters than this are no text, whatever they decode as. */
const CONTROL_SHARE = 0.01;
const CONTROLS = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f\ufffd]/g;
const HTML_START = /^<(?:!doctype\s+html|html|head|body)\b/i;
const HTML_TAG = /<(?:p|div|table|h[1-6]|ul|ol|span|br|a|meta|title)\b[^<>]{0,1000}>/i;
/** What may stand before a page's first tag, and how it ends. */
const PROLOGUE = [
  { opens: '<!--', closes: '-->' },
  { opens: '<?xml', closes: '?>' },
] as const;
const XML_START = /^\s*<\?xml\b/i;
/** Formats of nothing but characters that no reader here understands. */
const WRITTEN_FORMATS: readonly string[] = ['application/rtf', 'application/postscript', 'application/eps', 'application/pgp-encrypted'];
/** The head of an e-mail: at least three of its fields one after another, folded lines between them. */
const MAIL_HEAD =
  /^(?:from .*\r?\n)?(?:(?:received|return-path|delivered-to|from|to|subject|date|mime-version|message-id|x-[\w-]+):.*\r?\n(?:[ \t].*\r?\n)*){3}/i;

/** Decides by content: signatures of binary formats first, then by decoding. The name tells Markdown from plain text. */
export class ContentMediaTypeSniffer extends MediaTypeSniffer {
  async sniff(head: Uint8Array, filename: string): Promise<string | null> {
    const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, PDF_WITHIN_BYTES)).toString('latin1');
    if (start.includes('%PDF-')) return 'application/pdf';
    // The mark of UTF-16 also looks like the beginning of an MP3 frame.
    const binary = isMarkedUtf16(head) ? undefined : await fileTypeFromBuffer(head);
    // Two letters are enough for some signatures: "MZ세대", "BMW" and "The free" begin a program, a picture and a film. What reads as text is
    // text, but for formats that are themselves written. XML is text to us: XHTML is read, other XML is not.
    if (binary !== undefined && (WRITTEN_FORMATS.includes(binary.mime) || decodeHead(head) === null)) return null;
    return textType(head, filename.toLowerCase());
  }
}

/** FF FE or FE FF, and not the longer mark of UTF-32. */
const isMarkedUtf16 = ([first, second, third, fourth]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe && !(third === 0 && fourth === 0)) || (first === 0xfe && second === 0xff);

function textType(head: Uint8Array, filename: string): string | null {
  const text = decodeHead(head);
  if (text === null) return null;
  if (HTML_START.test(withoutPrologue(text))) return 'text/html';
  if (XML_START.test(text) || MAIL_HEAD.test(text)) return null;
  if (/\.html?$/.test(filename) && HTML_TAG.test(text)) return 'text/html';
  return /\.(?:md|markdown)$/.test(filename) ? 'text/markdown' : 'text/plain';
}

/** By searching, not by one expression: an expression that repeats comments tries every way to part them, twice as many with each. */
function withoutPrologue(text: string): string {
  let at = 0;
  for (;;) {
    at += text.slice(at).search(/\S|$/);
    const part = PROLOGUE.find(({ opens }) => text.slice(at, at + opens.length).toLowerCase() === opens);
    if (part === undefined) return text.slice(at);
    const end = text.indexOf(part.closes, at + part.opens.length);
    if (end < 0) return text.slice(at);
    at = end + part.closes.length;
  }
}

/** The head may end inside a character: up to three bytes less, and the decoding that had failed succeeds. */
function decodeHead(head: Uint8Array): string | null {
  for (let cut = 0; cut <= 3 && cut < head.length; cut += 1) {
    const { text, encoding } = decodeText(head.subarray(0, head.length - cut));
    if (encoding === 'windows-1252' && cut < 3) continue;
    const controls = text.match(CONTROLS)?.length ?? 0;
    if (controls <= CONTROL_SHARE * text.length && !text.includes('\0')) return text;
    return null;
  }
  return null;
}
