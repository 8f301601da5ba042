import { speaksOfYear, statedYears } from './stated-years';

describe('the years that a question names', () => {
  it.each([
    ['2023년 3분기 매출은?', ['2023']],
    ['2023년과 2024년 중 언제인가?', ['2023', '2024']],
    ['2019–2021 revenue?', ['2019', '2021']],
    ['1443년에 만들어진 것은?', ['1443']],
    ['What happened in 1066?', ['1066']],
    ['직원 1200명의 급여는?', []],
    ['1,950원은 무엇인가?', []],
    ['Does it support 2048px images?', []],
    ['Is 1500 the limit?', []],
    ['version 2023.4?', []],
    ['HB-2000의 무게는?', []],
    ['How heavy is the HB-2000?', []],
    ['연차는 며칠인가요?', []],
  ])('%s', (question, years) => {
    expect(statedYears(question)).toEqual(years);
  });

  it.each([
    ['2023년 실적', true],
    ['FY2023 results', true],
    ["'23.3분기 누계", true],
    ['23년 3분기', true],
    ['3Q23 revenue', true],
    ['Q3 FY23', true],
    ['23. 9. 30. 기준', true],
    ['123년', false],
    ['12023', false],
    ['23명', false],
    ['2024년 실적', false],
    ['제23조', false],
  ])('are found in the text %j: %s', (text, isThere) => {
    expect(speaksOfYear(text, '2023')).toBe(isThere);
  });
});
