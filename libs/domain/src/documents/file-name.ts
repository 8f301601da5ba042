import type { Brand } from '../shared/brand';
import { ValidationFailed } from '../shared/validation-failed';

/** The name by which versions belong together: NFC, without control or direction characters, at most 255 bytes of UTF-8. */
export type FileName = Brand<string, 'FileName'>;

const MAX_BYTES = 255;
/** Control and bidi characters in a name mislead whoever reads it. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export const FileName = {
  /** A client's path is cut to its last part. Decomposed Hangul (macOS) is composed. */
  parse(text: string): FileName {
    const name = (text.split(/[\\/]/).pop() ?? '').normalize('NFC').replace(UNSAFE, '').trim();
    if (name === '' || name === '.' || name === '..') throw nameProblem('is empty');
    if (utf8Length(name) > MAX_BYTES) throw nameProblem(`is longer than ${MAX_BYTES} bytes`);
    return name as FileName;
  },
};

const nameProblem = (what: string) =>
  new ValidationFailed([{ pointer: '/file', code: 'invalid_filename', message: `the file name ${what}` }]);

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
