import { levelsOf, numberedHeading } from './numbered-heading';

describe('numberedHeading', () => {
  it.each([
    ['제3조(휴가) 사원은 신청한다.', '제3조(휴가)', '사원은 신청한다.'],
    ['제13조의2(연결되지 않을 권리)', '제13조의2(연결되지 않을 권리)', ''],
    ['제18조(선임(先任)이사) ① 이사는', '제18조(선임(先任)이사)', '① 이사는'],
    ['제1조(목적)이 규칙은 정한다.', null, null],
    ['제2장 휴일과 휴가', '제2장 휴일과 휴가', ''],
    ['제 1 절 총칙', '제 1 절 총칙', ''],
    ['부 칙 <2016.05.27.>', '부 칙 <2016.05.27.>', ''],
    ['[별지 제3호 서식]', '[별지 제3호 서식]', ''],
    ['4.2 Access reviews', '4.2 Access reviews', ''],
    ['1.1 목적', '1.1 목적', ''],
  ])('%s', (line, text, rest) => {
    const heading = numberedHeading(line);
    if (text === null) expect(heading).toBeNull();
    else expect(heading).toMatchObject({ text, rest });
  });

  it.each([
    '제5조(업적연봉)에 따라 지급한다.',
    '제1장에서 정한 바에 따른다.',
    '3.5 percent of revenue',
    '2.1 The committee meets on Monday and decides on the budget of the year.',
    '부칙에서 정한 날부터 시행한다.',
    '별표와 같이 정한다.',
  ])('leaves text alone: %s', (line) => {
    expect(numberedHeading(line)).toBeNull();
  });
});

describe('levelsOf', () => {
  it('numbers the ranks that occur, below other headings, down to six', () => {
    const levelOf = levelsOf([5, 2, 5], 1);
    expect([levelOf(2), levelOf(5)]).toEqual([2, 3]);
    expect(levelsOf([2, 5], 5)(5)).toBe(6);
  });
});
