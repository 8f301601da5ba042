import fc from 'fast-check';
import { bm25Terms } from './bm25-terms';
import { TermFinder } from './term-places';

const wordsOf = (text: string, wanted: readonly string[]): Record<string, number[]> => {
  const places: Record<string, number[]> = {};
  for (const { term, word } of new TermFinder(wanted).placesIn(text)) (places[wanted[term] ?? ''] ??= []).push(word);
  return places;
};

const TEXTS = [
  'The charged policies were charged by-laws of AB-123, e-mail and 1,234.5원 per day.',
  '연차 유급휴가는 제12조에 따라 15일이며, 12 조와 3.5일은 다르다. HX-900펌프 USB를 쓴다',
  'Café “naïve” – it’s über-cool; 東京タワー와 ㄱㄴ ﾊﾝｶｸ 한글ㅋㅋ abc가나 가abc 1a2b E\u0301tat',
  '| 2019 | 2,019억 | a/b/c:8080 | x_y |\n|---|---|\n# Boys dies axes flies.',
  '한',
  '',
];

describe('TermFinder', () => {
  it('says in which word a term stands, and counts neither stop words nor signs', () => {
    expect(wordsOf('The charge – of a charged | pump (charges!)', ['charg', 'pump'])).toEqual({ charg: [0, 1, 3], pump: [2] });
    expect(wordsOf('유급휴가는 15일, 연차 휴가는', ['휴가', '15', '연차'])).toEqual({ 휴가: [0, 3], 15: [1], 연차: [2] });
    expect(wordsOf('AB-123 12조 ab123', ['ab123', '12조', 'ab'])).toEqual({ ab123: [0, 2], '12조': [1], ab: [0, 2] });
  });

  it('finds the very terms of the text, in their order, whatever the text and whatever is looked for', () => {
    const parts = fc.constantFrom(...TEXTS.flatMap((text) => text.split(/(?<=\s)|(?=[-.,/])/)), ' ', '가', 'A', '7', '-', '\u0301');
    const texts = fc.array(parts, { maxLength: 30 }).map((some) => some.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...TEXTS), texts), fc.nat(4), (text, left) => {
        const wanted = [...new Set(bm25Terms(text))].filter((_, at) => at % 5 >= left);
        const found = new TermFinder(wanted).placesIn(text);
        expect(found.map(({ term }) => wanted[term])).toEqual(bm25Terms(text).filter((term) => wanted.includes(term)));
        found.forEach(({ word }, at) => expect(word).toBeGreaterThanOrEqual(found[at - 1]?.word ?? 0));
      }),
    );
  });
});
