import { termFrequencies } from './bm25-terms';
import { queryTerms } from './query-terms';

/** What is written, how else it may be asked for, and what must not come before it. */
const TABLE: readonly (readonly [written: string, asked: readonly string[], others: readonly string[]])[] = [
  [
    '펌프 AB-1234의 압력',
    ['AB-1234', 'AB1234', 'ab 1234', 'AB_1234', 'ＡＢ－１２３４', 'AB-1234는?'],
    ['펌프 AB-1235의 압력', 'AC 4321', 'ab'],
  ],
  ['밸브 AB1234 교체', ['AB-1234', 'AB1234', 'AB 1234', 'AB/1234'], ['밸브 AB1235 교체', 'AC1234', '1234번']],
  ['Model AB 1234 valve', ['AB-1234', 'AB1234', 'AB 1234'], ['Model AB 1235 valve', 'AC 1234', 'Model 12 34']],
  ['취업규칙 제12조에 따른다', ['제12조', '12조', '제 12 조', '제12조는?'], ['취업규칙 제13조에 따른다', '제조 12월', '12명']],
  ['취업규칙 제 12 조', ['제12조', '제 12 조'], ['취업규칙 제13조', '제 조항 11']],
  [
    '2023년 3분기 매출',
    ['2023년 3분기', '2023 3분기', '2023년도 3분기 실적', "2023년 '3분기'"],
    ['2022년 3분기 매출', '2023년 4분기 매출', '3월 20일'],
  ],
  ['단가 1,234.5원', ['1234.5', '1,234.5', '1234.5원', '₩1,234.5'], ['단가 1234.6원', '단가 12,345원', '5원']],
  ['Revenue of $12,345 in FY2023', ['12345', '12,345', '$12,345', '12,345 USD'], ['Revenue of $123.45', 'Revenue of $12', '345']],
  ['revenue in FY2023', ['FY2023', 'FY 2023', 'fy-2023'], ['revenue in FY2022', 'revenue 2023']],
  ['ISO/IEC 27001 certified', ['ISO 27001', 'ISO27001', 'ISO-27001'], ['ISO/IEC 27002 certified', 'certified']],
  ['연차 휴가는 15일이다', ['연차휴가', '연차 휴가', '연차휴가는?', '연차의 휴가'], ['연말 정산', '휴게 시간', '연간 차량 휴무']],
  ['연차휴가는 15일이다', ['연차 휴가', '연차휴가', '연차 휴가를 알려주세요'], ['연말 정산', '휴게 시간', '차휴대']],
  [
    '개인정보보호위원회의 심의',
    ['개인정보 보호 위원회', '개인정보보호위원회', '개인 정보 보호'],
    ['개인 사물함', '정보 공개', '위원회의 심의'],
  ],
  ['data-driven e-mail policy', ['email policy', 'e-mail', 'data driven', 'policies for e-mail'], ['drive', 'mailbox', 'the dates']],
];

const termsOf = (text: string): ReadonlySet<string> => new Set(termFrequencies(text).frequencies.keys());

describe('spellings', () => {
  it.each(TABLE.flatMap(([written, asked, others]) => asked.map((query) => [query, written, others] as const)))(
    '%s finds %s before anything else',
    (query, written, others) => {
      const terms = queryTerms(query);
      const held = (text: string): number => terms.filter((term) => termsOf(text).has(term)).length;
      for (const other of others) expect(held(written)).toBeGreaterThan(held(other));
    },
  );
});
