import fc from 'fast-check';
import { cutToTokens, keepBothEnds } from './cut-to-tokens';

const perCharacter = (text: string): number => text.length;
const text = fc.string({ unit: fc.constantFrom('가', '나', 'a', ' ', '\n', '😀', '.'), maxLength: 300 });
const halved = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

describe('cutToTokens', () => {
  it('stays within the limit, is a beginning, and halves no character', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 300 }), (whole, limit) => {
        const cut = cutToTokens(whole, limit, perCharacter);
        expect(whole.startsWith(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(cut).not.toMatch(halved);
      }),
    );
  });

  it('ends between words where it can', () => {
    expect(cutToTokens('매출은 42억원이다. 영업이익은 5억원이다.', 20, perCharacter)).toBe('매출은 42억원이다. 영업이익은');
    expect(cutToTokens('x'.repeat(100), 50, perCharacter)).toHaveLength(50);
    expect(cutToTokens('가😀😀😀', 4, perCharacter)).toBe('가😀');
  });
});

describe('keepBothEnds', () => {
  it('stays within the limit and keeps the beginning and the end', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 300 }), (whole, limit) => {
        const kept = keepBothEnds(whole, limit, perCharacter);
        expect(kept.length).toBeLessThanOrEqual(limit);
        expect(kept).not.toMatch(halved);
        if (whole.length <= limit) expect(kept).toBe(whole);
      }),
    );
    for (const limit of [10, 11, 12, 13]) expect(keepBothEnds('😀'.repeat(50), limit, perCharacter)).not.toMatch(halved);
    const kept = keepBothEnds(`처음 ${'중간 '.repeat(200)}그래서 매출은?`, 60, perCharacter);
    expect(kept).toMatch(/^처음 .* … .*매출은\?$/);
  });
});
