import { datedQuestion } from './dated-question';
import { periodsIn } from './period';

const NOW = new Date('2026-01-15T09:00:00Z');
const periods = (text: string) =>
  periodsIn(text, NOW).map(({ start, end }) => [start.toISOString().slice(0, 10), end.toISOString().slice(0, 10)]);

describe('periodsIn', () => {
  it.each([
    ['2023년 3분기 매출은?', ['2023-07-01', '2023-10-01']],
    ['revenue in Q3 2023', ['2023-07-01', '2023-10-01']],
    ['3Q23 revenue', ['2023-07-01', '2023-10-01']],
    ['the third quarter of 2023', ['2023-07-01', '2023-10-01']],
    ['작년 4분기 실적', ['2025-10-01', '2026-01-01']],
    ['지난달 매출', ['2025-12-01', '2026-01-01']],
    ['last quarter', ['2025-10-01', '2026-01-01']],
    ['작년 매출', ['2025-01-01', '2026-01-01']],
    ['어제 올라온 공지', ['2026-01-14', '2026-01-15']],
    ['2024년 2월 29일', ['2024-02-29', '2024-03-01']],
    ['March 1st, 2024', ['2024-03-01', '2024-03-02']],
    ['in 2022', ['2022-01-01', '2023-01-01']],
  ])('%s', (text, expected) => {
    expect(periods(text)).toEqual([expected]);
  });

  it.each([
    ['2023년 2월 30일', ['2023-02-01', '2023-03-01']],
    ['2023년 13월', ['2023-01-01', '2024-01-01']],
  ])('reads as much of a date as a calendar has: %s', (text, expected) => {
    expect(periods(text)).toEqual([expected]);
  });

  it.each(['part no. AB-2023', '전화 02-2023-1234', '3.2019', '₩12,2023', '제2023호실', '12023원'])(
    'takes no other number for a year: %s',
    (text) => {
      expect(periods(text)).toEqual([]);
    },
  );
});

describe('datedQuestion', () => {
  it.each([
    ['2023년 12월 31일 기준 연차 규정은?', '2023-12-31T23:59:59.999Z'],
    ['2023-12-31 현재 유효한 요율은?', '2023-12-31T23:59:59.999Z'],
    ['2023년 6월 말 기준으로 직원 수는?', '2023-06-30T23:59:59.999Z'],
    ['What was the travel policy as of December 31, 2023?', '2023-12-31T23:59:59.999Z'],
    ['Which rates were in force on 2024-03-01?', '2024-03-01T23:59:59.999Z'],
  ])('takes a state for a state: %s', (question, moment) => {
    expect(datedQuestion(question, NOW).validAt?.toISOString()).toBe(moment);
  });

  it.each(['2023년 12월 31일 매출은?', '2023년 기준은 무엇인가요?', '2023년 3분기 매출은?', 'sales in 2023', 'the meeting on 2023-12-31'])(
    'filters nothing by a date alone: %s',
    (question) => {
      expect(datedQuestion(question, NOW)).toMatchObject({ validAt: null, uploadedAfter: null, uploadedBefore: null });
    },
  );

  it.each([
    ['지난달에 올린 문서에서 휴가 규정을 찾아줘', '2025-12-01', '2026-01-01'],
    ['2025년 3월 이후에 등록된 계약서는?', '2025-03-01', undefined],
    ['documents uploaded in May 2024 about leave', '2024-05-01', '2024-06-01'],
    ['files added before 2024-05-03', undefined, '2024-05-03'],
    ['reports uploaded after 2024-05-03', '2024-05-04', undefined],
  ])('takes the time of an upload for a filter: %s', (question, after, before) => {
    const { uploadedAfter, uploadedBefore } = datedQuestion(question, NOW);
    expect([uploadedAfter?.toISOString().slice(0, 10), uploadedBefore?.toISOString().slice(0, 10)]).toEqual([after, before]);
  });

  it('adds the other ways to write a date, and what a relative one means', () => {
    const terms = (question: string) => datedQuestion(question, NOW).terms.map(({ term }) => term);
    expect(terms('2023년 3분기 매출은?')).toEqual(expect.arrayContaining(['q3', '3q23', 'third', 'quarter']));
    expect(terms('작년 매출은?')).toContain('2025');
    expect(terms('매출은?')).toEqual([]);
  });
});
