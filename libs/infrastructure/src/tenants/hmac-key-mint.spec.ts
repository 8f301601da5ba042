import { crc32 } from 'node:zlib';
import { ApiKeyText, BASE62 } from '@aegis/domain/shared/api-key-text';
import { HmacKeyMint } from './hmac-key-mint';

const KEYS = 100_000;
const EXHAUSTIVE = 20;
const FORMAT = /^ag_(live|test)_[0-9A-Za-z]{12}[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;

const swapped = (text: string, at: number): string => text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
const edited = (text: string, at: number, letter: string): string => text.slice(0, at) + letter + text.slice(at + 1);

/** P7 KEY-1 */
describe('API keys as text', () => {
  const mint = new HmacKeyMint(Buffer.alloc(32, 1));

  it(`are unique, ${KEYS} of them, in the ids by which they are found too, and have the format that scanners look for`, () => {
    const keys = new Set<string>();
    const lookupIds = new Set<string>();
    for (let count = 0; count < KEYS; count++) {
      const key = mint.mint(count % 2 === 0 ? 'live' : 'test');
      if (!FORMAT.test(key) || ApiKeyText.parse(key) !== key) throw new Error('a key of another form');
      keys.add(key);
      lookupIds.add(ApiKeyText.lookupId(key));
    }
    expect([keys.size, lookupIds.size]).toEqual([KEYS, KEYS]);
  });

  it('hold all letters at every place of the secret about equally often', () => {
    const seen = new Map<string, number>();
    const count = 20_000;
    for (let index = 0; index < count; index++) {
      const secret = mint.mint('live').slice(20, 63);
      for (const letter of [secret.charAt(0), secret.charAt(21), secret.charAt(42)]) seen.set(letter, (seen.get(letter) ?? 0) + 1);
    }
    const expected = (3 * count) / BASE62.length;
    expect([...seen.keys()].sort()).toEqual(Array.from(BASE62).sort());
    for (const times of seen.values()) expect(Math.abs(times - expected) / expected).toBeLessThan(0.25); // eight standard deviations
  });

  it('end in the CRC-32 that everybody computes, so that the keys of today are right tomorrow', () => {
    const key = mint.mint('live');
    const value = Array.from(key.slice(-6)).reduce((sum, digit) => sum * 62 + BASE62.indexOf(digit), 0);
    expect(value).toBe(crc32(key.slice(0, -6)));
  });

  it(`are refused after any edit of one letter, all of them for ${EXHAUSTIVE} keys, and one at random for the others`, () => {
    const letters = [...Array.from(BASE62), '_', '-', ' ', 'é', '한'];
    const passed: string[] = [];
    const check = (key: string, at: number, letter: string): void => {
      if (letter !== key.charAt(at) && ApiKeyText.parse(edited(key, at, letter)) !== null) passed.push(`${key} ${at} ${letter}`);
    };
    for (let count = 0; count < EXHAUSTIVE; count++) {
      const key = mint.mint('live');
      for (let at = 0; at < key.length; at++) for (const letter of letters) check(key, at, letter);
    }
    for (let count = 0; count < KEYS; count++) {
      const key = mint.mint('test');
      const at = count % key.length;
      check(key, at, BASE62.charAt((BASE62.indexOf(key.charAt(at)) + 1 + (count % (BASE62.length - 1))) % BASE62.length));
    }
    expect(passed).toEqual([]);
  });

  it(`are refused after any swap of two neighbours, all of them for ${KEYS / 20} keys`, () => {
    const passed: string[] = [];
    for (let count = 0; count < KEYS / 20; count++) {
      const key = mint.mint('live');
      for (let at = 0; at < key.length - 1; at++) {
        if (key.charAt(at) !== key.charAt(at + 1) && ApiKeyText.parse(swapped(key, at)) !== null) passed.push(`${key} ${at}`);
      }
    }
    expect(passed).toEqual([]);
  });

  it('have one digest each, which another pepper does not give', () => {
    const key = mint.mint('live');
    expect(Buffer.from(mint.digest(key)).equals(mint.digest(key))).toBe(true);
    expect(Buffer.from(mint.digest(key)).equals(mint.digest(mint.mint('live')))).toBe(false);
    expect(Buffer.from(new HmacKeyMint(Buffer.alloc(32, 2)).digest(key)).equals(mint.digest(key))).toBe(false);
  });
});
