import fc from 'fast-check';
import { evenPieces, sentenceSpans } from './sentences';

const sentences = (text: string): string[] => sentenceSpans(text).map(({ start, end }) => text.slice(start, end));
const anyText = fc.string({ unit: fc.constantFrom('가', '다', '.', '?', ' ', '\n', 'a', '1', '”', '😀'), maxLength: 80 });
const visible = (text: string): string => text.replaceAll(/\s/g, '');

describe('sentenceSpans', () => {
  it('ends Korean and English sentences with their closing marks', () => {
    expect(sentences('연차는 15일이다. “신청은 3일 전까지!” Is it paid? Yes.')).toEqual([
      '연차는 15일이다.',
      '“신청은 3일 전까지!”',
      'Is it paid?',
      'Yes.',
    ]);
  });

  it('ends at a line break and not inside a number', () => {
    expect(sentences('비율은 3.5 퍼센트\n다음 줄')).toEqual(['비율은 3.5 퍼센트', '다음 줄']);
  });

  it('leaves list marks with their item', () => {
    expect(sentences('1. 신청서 제출 가. 팀장 승인 2. Done.')).toEqual(['1. 신청서 제출 가. 팀장 승인 2. Done.']);
  });

  it('loses nothing but white space', () => {
    fc.assert(fc.property(anyText, (text) => visible(sentences(text).join('')) === visible(text)));
  });
});

describe('evenPieces', () => {
  it('cuts at a space where one is near', () => {
    const text = 'alpha beta gamma delta';
    expect(evenPieces(text, { start: 0, end: text.length }, 2).map(({ start, end }) => text.slice(start, end))).toEqual([
      'alpha beta',
      'gamma delta',
    ]);
  });

  it('loses nothing, makes at most so many pieces, and leaves surrogate pairs whole', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 9 }), (text, count) => {
        const pieces = evenPieces(text, { start: 0, end: text.length }, count).map(({ start, end }) => text.slice(start, end));
        expect(visible(pieces.join(''))).toBe(visible(text));
        expect(pieces.length).toBeLessThanOrEqual(count);
        expect(pieces.filter((piece) => /\p{Surrogate}/u.test(piece))).toEqual([]);
      }),
    );
  });
});
