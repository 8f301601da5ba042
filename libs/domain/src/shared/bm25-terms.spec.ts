import fc from 'fast-check';
import { bm25Terms, termFrequencies } from './bm25-terms';

describe('bm25Terms', () => {
  it('cuts Hangul into overlapping pairs and keeps a single syllable', () => {
    expect(bm25Terms('승인서는 왜')).toEqual(['승인', '인서', '서는', '왜']);
  });

  it('drops English stop words and lets the forms of a word meet', () => {
    expect(bm25Terms('The policies of the company')).toEqual(bm25Terms('company policy').toReversed());
    expect(bm25Terms('charged')).toEqual(bm25Terms('charges'));
    expect(bm25Terms('stopped')).toEqual(bm25Terms('stops'));
  });

  it('gives a number one term, whatever its separators', () => {
    expect(bm25Terms('12,345원')).toEqual(['12345', '원']);
    expect(bm25Terms('12345')).toEqual(['12345']);
    expect(bm25Terms('$1,452.4')).toEqual(['1452.4']);
  });

  it('finds a code by its parts and in every spelling', () => {
    expect(bm25Terms('AB-123')).toEqual(['ab', '123', 'ab123']);
    expect(bm25Terms('ab_123')).toContain('ab123');
    expect(bm25Terms('AB123')).toEqual(['ab123']);
    expect(bm25Terms('3.5%')).toContain('3.5');
    expect(bm25Terms('3.5%')).not.toContain('35');
  });

  it('leaves a sentence end and a list of words alone', () => {
    expect(bm25Terms('in 2024.')).toEqual(['2024']);
    expect(bm25Terms('well-known')).toEqual(['well', 'known']);
  });

  it('separates digits from Hangul and from other scripts', () => {
    expect(bm25Terms('2023년 3분기')).toEqual(['2023', '년', '3', '분기']);
    expect(bm25Terms('三星電子 주식')).toEqual(['三星', '星電', '電子', '주식']);
  });

  it('does not care for Unicode forms, width, accents or case', () => {
    expect(bm25Terms('승인서'.normalize('NFD'))).toEqual(['승인', '인서']);
    expect(bm25Terms('ＡＢＣ　１２３')).toEqual(['abc', '123']);
    expect(bm25Terms('Café')).toEqual(bm25Terms('cafe'));
  });

  it('counts every term once per place', () => {
    const { frequencies, length } = termFrequencies('휴가 휴가 policy');
    expect(frequencies.get('휴가')).toBe(2);
    expect(length).toBe(3);
  });

  it('takes any text, and its terms hold no separators', () => {
    const text = fc.string({ unit: fc.constantFrom('가', '나', 'a', 'Z', '1', ',', '.', '-', ' ', '\n', '漢', 'é', '\u0301', '\ud800') });
    fc.assert(
      fc.property(text, (sample) => {
        const terms = bm25Terms(sample);
        expect(terms.every((term) => term.length > 0 && !/[\s,-]/.test(term))).toBe(true);
        expect(termFrequencies(sample).length).toBe(terms.length);
      }),
    );
  });
});
