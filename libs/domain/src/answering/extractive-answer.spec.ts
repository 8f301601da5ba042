import { extractiveAnswer, type QuotableSource } from './extractive-answer';

const source = (number: number, content: string, section = ''): QuotableSource => ({ number, content, section });

const handbook = source(
  1,
  '휴가는 팀장이 승인한다. 입사 1년이 지난 직원의 연차 휴가는 15일이다. 휴가 신청은 사내 포털에서 한다.',
  '인사 규정 > 휴가',
);
const results = source(
  2,
  '| 분기 | 매출 | 영업이익 |\n|---|---|---|\n| 2분기 | 38억원 | 4억원 |\n| 3분기 | 42억원 | 6억원 |',
  '2023년 실적',
);
const refund = source(
  3,
  'Customers may return items. Refunds are paid within 14 days of the return. Shipping costs are not refunded.',
  'Refund policy',
);

describe('extractiveAnswer', () => {
  it('quotes the sentence that answers, with its exact place', () => {
    const answer = extractiveAnswer('연차 휴가는 며칠인가요?', 'ko', [handbook, results]);
    expect(answer?.text).toBe('입사 1년이 지난 직원의 연차 휴가는 15일이다. [1]');
    expect(answer?.parts).toEqual([{ sourceNumber: 1, start: 14, end: 41, text: '입사 1년이 지난 직원의 연차 휴가는 15일이다.' }]);
  });

  it('reads a table row with its column names and quotes the row itself', () => {
    const answer = extractiveAnswer('2023년 3분기 매출은?', 'ko', [handbook, results]);
    expect(answer?.text).toBe('분기: 3분기, 매출: 42억원, 영업이익: 6억원 [2]');
    expect(answer?.parts[0]?.text).toBe('| 3분기 | 42억원 | 6억원 |');
  });

  it('answers in English', () => {
    expect(extractiveAnswer('How many days does a refund take?', 'en', [refund])?.text).toBe(
      'Refunds are paid within 14 days of the return. [3]',
    );
  });

  it('says in the language of the query that the quote is in another', () => {
    expect(extractiveAnswer('refund 기간은 며칠?', 'ko', [refund])?.text).toMatch(/^문서의 원문입니다: Refunds are paid/);
    expect(extractiveAnswer('휴가?', 'en', [handbook])?.text).toMatch(/^From the document/);
  });

  it('takes the list with the sentence that announces it', () => {
    const list = source(1, '출장비 지급 기준은 다음과 같다.\n- 국내: 5만원\n- 해외: 100달러\n\n기타 사항은 따로 정한다.');
    expect(extractiveAnswer('출장비 지급 기준은?', 'ko', [list])?.text).toContain('국내: 5만원 해외: 100달러');
  });

  it('does not repeat an item that such a list already shows', () => {
    const list = source(1, '출장비 지급 기준은 다음과 같다.\n- 국내: 5만원\n- 해외: 100달러');
    expect(extractiveAnswer('출장비 지급 기준은? 해외 100달러?', 'ko', [list])?.parts).toHaveLength(1);
  });

  it('adds a second source when it covers what the first leaves open', () => {
    const answer = extractiveAnswer('연차 휴가 15일과 refund 14 days', 'ko', [handbook, refund]);
    expect(answer?.parts.map(({ sourceNumber }) => sourceNumber)).toEqual([1, 3]);
    expect(answer?.text).toMatch(/\[1\].*\[3\]$/);
  });

  it('takes the exception that stands right after the rule', () => {
    const lodging = source(
      1,
      '국내 출장의 숙박비는 1박에 9만원까지 지급한다. 서울에서 묵는 때에는 1박에 12만원까지 지급한다. 전시회 기간에는 더 쓸 수 있다.',
    );
    expect(extractiveAnswer('서울 출장의 숙박비는 1박에 얼마까지 지급되나요?', 'ko', [lodging])?.text).toContain('12만원');
  });

  it('stays with sentences in the language of the query where they answer', () => {
    const sources = [
      source(1, 'HX-200은 HX-200 변위 센서입니다.'),
      source(2, 'It works between -10 and 50 °C.', 'Operating temperature of the HX-200'),
    ];
    expect(extractiveAnswer('What is the operating temperature of the HX-200?', 'en', sources)?.text).toBe(
      'It works between -10 and 50 °C. [2]',
    );
  });

  it('shows no foreign citation marks and no Markdown', () => {
    const wiki = source(1, '**서울**의 인구는 940만 명이다.[7] 면적은 605㎢이다.');
    expect(extractiveAnswer('서울의 인구는?', 'ko', [wiki])?.text).toBe('서울의 인구는 940만 명이다.(7) [1]');
  });

  it('has nothing to say without sentences', () => {
    expect(extractiveAnswer('매출은?', 'ko', [])).toBeUndefined();
    expect(extractiveAnswer('매출은?', 'ko', [source(1, '# 제목만 있다')])).toBeUndefined();
  });
});
