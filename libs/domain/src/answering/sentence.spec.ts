import fc from 'fast-check';
import { sentencesOf } from './sentence';

const texts = (content: string): string[] => sentencesOf(content).map(({ start, end }) => content.slice(start, end));

describe('sentencesOf', () => {
  it('ends Korean sentences at their full stop, with or without a space after it', () => {
    expect(texts('연차는 15일이다. 반차는 4시간입니다.휴가는 미리 신청해요.')).toEqual([
      '연차는 15일이다.',
      '반차는 4시간입니다.',
      '휴가는 미리 신청해요.',
    ]);
  });

  it('does not end at dates, decimals, abbreviations and initials', () => {
    expect(texts('계약일은 2024. 3. 15. 이며 이율은 3.5%이다.')).toHaveLength(1);
    expect(texts('Dr. Kim of Acme Inc. signed at 3.5 percent. J. Lee agreed.')).toEqual([
      'Dr. Kim of Acme Inc. signed at 3.5 percent.',
      'J. Lee agreed.',
    ]);
  });

  it('joins lines that a page width broke, and keeps list items apart', () => {
    expect(texts('The travel allowance is paid once a month on the\nlast working day.')).toHaveLength(1);
    expect(texts('- 국내 출장: 5만원\n- 해외 출장: 100달러')).toEqual(['- 국내 출장: 5만원', '- 해외 출장: 100달러']);
    expect(
      texts('제3조(휴가) 직원은 입사한 날부터 일 년이 지나면 매년 열닷새의 연차 휴가를 쓸 수 있음\n제4조(출장) 출장비는 사후에 정산함'),
    ).toHaveLength(2);
    expect(texts('1. First do this\n2. Then do that')).toHaveLength(2);
  });

  it('takes each row of a table with its column names, and no header, rule or heading as prose', () => {
    const content = '## 실적\n| 분기 | 매출 |\n|---|---|\n| 3분기 | 42억원 |\n| 4분기 | 45억원 |';
    const rows = sentencesOf(content).filter(({ kind }) => kind === 'row');
    expect(rows.map(({ start, end }) => content.slice(start, end))).toEqual(['| 3분기 | 42억원 |', '| 4분기 | 45억원 |']);
    expect(rows[0]?.columns).toEqual(['분기', '매출']);
    expect(sentencesOf(content)[0]?.kind).toBe('heading');
  });

  it('joins a header of two lines', () => {
    const [row] = sentencesOf('|  | Years Ended |  |\n|  | 2019 | 2018 |\n| Sales | 1,496 | 1,202 |');
    expect(row?.columns).toEqual(['', 'Years Ended 2019', '2018']);
  });

  it('cuts a text without any full stop into readable pieces and loses nothing', () => {
    const content = '가나다라 '.repeat(400);
    expect(texts(content).every((text) => text.length <= 600)).toBe(true);
    expect(texts(content).join('').replaceAll(' ', '')).toBe(content.replaceAll(' ', ''));
  });

  it('gives spans in order, inside the text, without overlap, for any text', () => {
    const unit = fc.constantFrom('가', '다', '. ', '.', '\n', '|', '| a |\n', '- ', '1. ', 'Mr.', ' ', '?', '\u3002', '😀');
    fc.assert(
      fc.property(fc.string({ unit }), (content) => {
        let from = 0;
        for (const { start, end } of sentencesOf(content)) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(content.length);
          from = end;
        }
      }),
    );
  });
});
