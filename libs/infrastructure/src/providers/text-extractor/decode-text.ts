import { decode } from 'iconv-lite';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'cp949' | 'windows-1252';

export interface DecodedText {
  readonly text: string;
  readonly encoding: TextEncoding;
}

/** Share that must turn out to be Hangul: other legacy encodings also decode as CP949, into rare ideographs. */
const HANGUL_SHARE = 0.7;
/** UTF-16 without a mark is known by its plain characters; read in the wrong order it has hardly any. */
const PLAIN_SHARE = 0.7;
/** Longer texts are judged by their beginning. */
const JUDGED_BYTES = 100_000;

const MARKS: readonly { readonly encoding: TextEncoding; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/**
 * Text of an unknown encoding: by its byte-order mark, by the zero bytes of UTF-16, else by what decodes without a fault. CP949 goes
 * through iconv-lite: Node's own `euc-kr` decodes 8,822 of the 11,172 syllables wrong and says nothing, and its `windows-1252` is Latin-1.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const mark = MARKS.find((candidate) => candidate.bytes.every((byte, index) => bytes[index] === byte));
  if (mark !== undefined) return { text: new TextDecoder(mark.encoding).decode(bytes), encoding: mark.encoding };
  const wide = bytes.includes(0) ? unmarkedWide(bytes) : null;
  return (
    wide ??
    strictUtf8(bytes) ??
    korean(bytes) ??
    unmarkedWide(bytes) ?? { text: decode(asBuffer(bytes), 'win1252'), encoding: 'windows-1252' }
  );
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the zeros stand decides nothing: `가`, the commonest syllable, has one on the other side than ASCII. */
function unmarkedWide(bytes: Uint8Array): DecodedText | null {
  if (bytes.length % 2 !== 0) return null;
  const shares = (['utf-16le', 'utf-16be'] as const).map((encoding) => {
    const start = new TextDecoder(encoding).decode(bytes.subarray(0, JUDGED_BYTES));
    return { encoding, share: (start.match(/[가-힣\t\n\r -~]/g)?.length ?? 0) / start.length };
  });
  const best = shares.find(({ share }) => share === Math.max(...shares.map((candidate) => candidate.share)));
  if (best === undefined || best.share < PLAIN_SHARE) return null;
  return { text: new TextDecoder(best.encoding).decode(bytes), encoding: best.encoding };
}

function strictUtf8(bytes: Uint8Array): DecodedText | null {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' };
  } catch {
    return null; // Not UTF-8: the next encoding has its turn.
  }
}

function korean(bytes: Uint8Array): DecodedText | null {
  const text = decode(asBuffer(bytes), 'cp949');
  if (text.includes('\ufffd')) return null;
  const high = bytes.reduce((count, byte) => count + (byte > 0x7f ? 1 : 0), 0);
  const hangul = text.match(/[가-힣]/g)?.length ?? 0;
  return hangul * 2 >= HANGUL_SHARE * high ? { text, encoding: 'cp949' } : null;
}
