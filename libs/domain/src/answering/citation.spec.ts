import fc from 'fast-check';
import { quoteSpans, readCitations } from './citation';

describe('readCitations', () => {
  it('reads markers in every common spelling and keeps one', () => {
    const { text, sourceNumbers } = readCitations('매출은 42억원이다 [1, 3]. 이익은 6억원이다【2】.', 3);
    expect(text).toBe('매출은 42억원이다 [1][3]. 이익은 6억원이다[2].');
    expect(sourceNumbers).toEqual([1, 3, 2]);
  });

  it('drops markers that point to no source', () => {
    expect(readCitations('Refunds take 14 days [9]. [0] Shipping is free [1].', 2)).toMatchObject({
      text: 'Refunds take 14 days. Shipping is free [1].',
      sourceNumbers: [1],
    });
  });

  it('says which sentence leans on which source', () => {
    const { sentences } = readCitations('연차는 15일입니다. [1] 이율은 3.5%입니다 [2]. 그 밖은 모릅니다.', 2);
    expect(sentences).toEqual([
      { text: '연차는 15일입니다.', sourceNumbers: [1] },
      { text: '이율은 3.5%입니다.', sourceNumbers: [2] },
      { text: '그 밖은 모릅니다.', sourceNumbers: [] },
    ]);
  });

  it('leaves years and plain brackets alone', () => {
    expect(readCitations('See [appendix] of [2023] [1].', 1).text).toBe('See [appendix] of [2023] [1].');
  });
});

describe('quoteSpans', () => {
  const quotes = (claim: string, content: string): string[] =>
    quoteSpans(claim, content).map(({ start, end }) => content.slice(start, end));

  it('finds the sentence that a claim rests on', () => {
    const content = '휴가는 팀장이 승인한다. 연차 휴가는 입사 1년 뒤부터 15일이다. 신청은 사내 포털에서 한다.';
    expect(quotes('연차 휴가는 15일입니다.', content)).toEqual(['연차 휴가는 입사 1년 뒤부터 15일이다.']);
  });

  it('leaves out sentences that share far less with the claim', () => {
    const content = 'Refunds for returned items are paid within 14 days. Returned items must be refunds-free of damage. Shipping is free.';
    expect(quotes('Refunds for returned items are paid within 14 days.', content)).toHaveLength(1);
  });

  it('finds the table row, not its header', () => {
    const content = '| Quarter | Revenue |\n|---|---|\n| Q2 | 38 |\n| Q3 | 42 |';
    expect(quotes('Revenue in Q3 was 42.', content)).toEqual(['| Q3 | 42 |']);
  });

  it('finds nothing where the content says something else', () => {
    expect(quotes('연차 휴가는 15일입니다.', 'Refunds are paid within 14 days.')).toEqual([]);
    expect(quotes('Anything at all', '')).toEqual([]);
  });

  it('gives spans in order and inside the content', () => {
    const words = fc
      .array(fc.constantFrom('휴가', '15일', 'refund', 'days', '다.', '.', '\n', '| a |'), { maxLength: 30 })
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(words, words, (claim, content) => {
        let from = 0;
        for (const { start, end } of quoteSpans(claim, content)) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(end).toBeLessThanOrEqual(content.length);
          from = end;
        }
      }),
    );
  });
});
