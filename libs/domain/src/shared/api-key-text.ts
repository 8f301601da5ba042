import type { Brand } from './brand';

/** `ag_<live|test>_<id 12><secret 43><checksum 6>`, base62: recognisable by scanners, and a typo is refused without a look-up. */
export type ApiKeyText = Brand<string, 'ApiKeyText'>;
export const API_KEY_MODES = ['live', 'test'] as const;
/** A test key opens the same tenant as a live one, with the same data, budget and limits: the word says in whose hands it is meant to be. */
export type ApiKeyMode = (typeof API_KEY_MODES)[number];

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const LOOKUP_ID_LENGTH = 12;
export const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^ag_(live|test)_[0-9A-Za-z]{61}$/;

export const ApiKeyText = {
  compose(mode: ApiKeyMode, lookupId: string, secret: string): ApiKeyText {
    if (lookupId.length !== LOOKUP_ID_LENGTH || secret.length !== SECRET_LENGTH) throw new RangeError('wrong length of id or secret');
    const body = `ag_${mode}_${lookupId}${secret}`;
    return `${body}${checksum(body)}` as ApiKeyText;
  },
  /** Null for anything that is not a well-formed key with a right checksum. */
  parse(text: string): ApiKeyText | null {
    if (!SHAPE.test(text)) return null;
    const body = text.slice(0, -CHECKSUM_LENGTH);
    return checksum(body) === text.slice(-CHECKSUM_LENGTH) ? (text as ApiKeyText) : null;
  },
  /** What may be shown of a key: enough to tell it from others, nothing of its secret. */
  displayPrefix: (mode: ApiKeyMode, lookupId: string): string => `ag_${mode}_${lookupId}`,
  lookupId: (key: ApiKeyText): string => key.slice('ag_live_'.length, 'ag_live_'.length + LOOKUP_ID_LENGTH),
};

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * CRC-32 (IEEE) of the text as six base62 digits, zero-padded. It tells every error within 32 bits in a row: any edit of one letter and any
 * swap of two neighbours, also the swap of the body's last letter with the first digit.
 */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc = (crc >>> 8) ^ (CRC_OF_BYTE[(crc ^ text.charCodeAt(index)) & 0xff] ?? 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
