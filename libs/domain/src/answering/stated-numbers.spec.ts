import { numbersAreCarried, statedNumbers } from './stated-numbers';

describe('statedNumbers', () => {
  it('reads amounts, decimals and full-width digits, and no list marks', () => {
    expect(statedNumbers('1. 매출은 1,234만원, 이익률은 12.5%이다.\n2) ４２명이 일한다.')).toEqual(['1234', '12.5', '42']);
  });
});

describe('numbersAreCarried', () => {
  const source = '한빛정밀의 2023년 3분기 매출은 42억원이다. 직원은 1,200명이다.';

  it.each(['2023년 3분기 매출은 42억원입니다.', '직원은 1200명입니다.', '매출이 늘었습니다.'])(
    'lets through what the source says: %s',
    (claim) => {
      expect(numbersAreCarried(claim, [source])).toBe(true);
    },
  );

  it.each(['2023년 3분기 매출은 99억원입니다.', '2024년 3분기 매출은 42억원입니다.', 'It has 1,201 employees.'])(
    'sees a figure that nobody wrote: %s',
    (claim) => {
      expect(numbersAreCarried(claim, [source])).toBe(false);
    },
  );
});
