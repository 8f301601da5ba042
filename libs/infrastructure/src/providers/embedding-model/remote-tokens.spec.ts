import * as fc from 'fast-check';
import { fitTokens, tokensAtMost } from './remote-tokens';

describe('tokensAtMost', () => {
  it('is not below what a tokenizer makes of Korean, English, digits and signs', () => {
    // Counts of o200k_base / cl100k_base lie below these lower limits: a syllable per token, a word per token, a sign per token.
    expect(tokensAtMost('연차유급휴가는입사일로부터')).toBeGreaterThanOrEqual(13 * 1.3);
    expect(tokensAtMost('The supplier bears the risk until delivery.')).toBeGreaterThanOrEqual(8);
    expect(tokensAtMost('9f86d081884c7d659a2feaa0c55ad015')).toBeGreaterThanOrEqual(24);
    expect(tokensAtMost('')).toBeGreaterThanOrEqual(2);
  });

  it('is never above the bytes and the special tokens: more there cannot be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(tokensAtMost(text)).toBeLessThanOrEqual(Buffer.byteLength(text) + 3)),
    );
  });
});

describe('fitTokens', () => {
  it('leaves what fits, and cuts the rest to what surely fits', () => {
    expect(fitTokens('연차 휴가', 512)).toBe('연차 휴가');
    const long = '근로자는 유급휴가를 받는다. Paid leave follows. '.repeat(100);
    const cut = fitTokens(long, 128);
    expect(long.startsWith(cut)).toBe(true);
    expect(tokensAtMost(cut)).toBeLessThanOrEqual(128);
    expect(tokensAtMost(long.slice(0, cut.length + 4))).toBeGreaterThan(128);
  });

  it('never cuts a character in two', () => {
    for (let limit = 10; limit < 30; limit += 1) expect(fitTokens('😀'.repeat(50), limit)).not.toMatch(/[\uD800-\uDFFF]/u);
  });
});
