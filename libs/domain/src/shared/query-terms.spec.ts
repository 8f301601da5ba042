import { queryTerms } from './query-terms';

describe('queryTerms', () => {
  it.each([
    ['출장비는 어떻게 신청하나요?', ['출장', '장비', '신청']],
    ['AB-123의 가격은 얼마입니까', ['ab', '123', 'ab123', '의', '가격']],
    ['환불 규정에 대해 알려주세요', ['환불', '규정']],
    ['신청방법은무엇인가요', ['신청', '청방', '방법']],
    ['What is the refund policy?', ['refund', 'polici']],
  ])('keeps what %s tells', (query, terms) => {
    expect(queryTerms(query)).toEqual(terms);
  });

  it('does not cut words that only look like a question or a particle', () => {
    expect(queryTerms('사전협의 절차')).toContain('협의');
    expect(queryTerms('임진왜란')).toContain('왜란');
    expect(queryTerms('인기가요 순위')).toContain('가요');
    expect(queryTerms('우리마을 지도')).toContain('마을');
  });

  it('keeps everything of a query that only asks', () => {
    expect(queryTerms('무엇인가요?')).toEqual(['무엇', '엇인', '인가', '가요']);
  });

  it('names each term once', () => {
    expect(queryTerms('휴가 휴가 휴가')).toEqual(['휴가']);
  });
});
