import fc from 'fast-check';
import { bm25Terms, passageTerms, termFrequencies } from './bm25-terms';

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
    expect(bm25Terms('12,345원')).toEqual(['12345', '12345원', '원']);
    expect(bm25Terms('12345')).toEqual(['12345']);
    expect(bm25Terms('$1,452.4')).toEqual(bm25Terms('1452.4'));
    expect(bm25Terms('1,452.4')).toContain('1452.4');
  });

  it('finds a code by its parts and in every spelling', () => {
    expect(bm25Terms('AB-123')).toEqual(['ab', '123', 'ab123']);
    expect(bm25Terms('ab_123')).toContain('ab123');
    expect(bm25Terms('AB123')).toEqual(['ab', '123', 'ab123']);
    expect(bm25Terms('AB 123')).toEqual(['ab', '123']);
    expect(bm25Terms('COVID19')).toEqual(bm25Terms('COVID-19'));
    expect(bm25Terms('3.5%')).toContain('3.5');
    expect(bm25Terms('3.5%')).not.toContain('35');
  });

  it('leaves a sentence end and a list of words alone', () => {
    expect(bm25Terms('in 2024.')).toEqual(['2024']);
    expect(bm25Terms('well-known')).toEqual(['well', 'known']);
  });

  it('separates digits from Hangul and from other scripts', () => {
    expect(bm25Terms('2023년 3분기')).toEqual(['2023', '2023년', '년', '3', '3분', '분기']);
    expect(bm25Terms('三星電子 주식')).toEqual(['三星', '星電', '電子', '주식']);
  });

  it('keeps a number together with what it counts, and with nothing else', () => {
    expect(bm25Terms('제12조')).toEqual(['제', '12', '12조', '조']);
    expect(bm25Terms('1,234.5점')).toContain('1234.5점');
    expect(bm25Terms('12는 12을 12의')).toEqual(['12', '는', '12', '을', '12', '의']);
    expect(bm25Terms('12 조')).toEqual(['12', '조']);
    expect(bm25Terms('b12조')).not.toContain('b12조');
    expect(bm25Terms('12호선'.normalize('NFD'))).toContain('12호');
  });

  it('does not care for Unicode forms, width, accents or case', () => {
    expect(bm25Terms('승인서'.normalize('NFD'))).toEqual(['승인', '인서']);
    expect(bm25Terms('ＡＢＣ　１２３')).toEqual(['abc', '123']);
    expect(bm25Terms('Café')).toEqual(bm25Terms('cafe'));
  });

  it('reads common characters the short way as it would the long way, which an accent behind them asks for', () => {
    const common = fc.string({ unit: fc.constantFrom(...Array.from('aB12 .,-·“”—「」\n가힣각연차은조')) });
    fc.assert(fc.property(common, (text) => expect([...bm25Terms(text), 'caf']).toEqual(bm25Terms(`${text} café`))));
  });

  it('pairs characters, not halves of them', () => {
    expect(bm25Terms('𠮷野家')).toEqual(['𠮷野', '野家']);
    expect(bm25Terms('𠮷')).toEqual(['𠮷']);
  });

  it('counts every term once per place', () => {
    const { frequencies, length } = termFrequencies('휴가 휴가 policy');
    expect(frequencies.get('휴가')).toBe(2);
    expect(length).toBe(3);
  });

  it('counts title and headings three times', () => {
    const { frequencies, length } = passageTerms('휴가 규정', '휴가는 15일');
    expect([frequencies.get('휴가'), frequencies.get('규정'), frequencies.get('15일')]).toEqual([4, 3, 1]);
    expect(length).toBe(6 + termFrequencies('휴가는 15일').length);
    expect(passageTerms('', 'leave')).toEqual(termFrequencies('leave'));
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
