import { displayWidth } from './display-width';
import { wrapText } from './wrap-text';

const ANSWER = '① 회사는 1년간 80퍼센트 이상 출근한 사원에게 연차 유급휴가 17일을 준다. [1] Further leave follows from article 16.';

describe('wrapText', () => {
  it.each([20, 40, 100])('keeps every line within %d columns and every word', (columns) => {
    const lines = wrapText(ANSWER, columns);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    expect(lines.join(' ')).toBe(ANSWER);
  });

  it('breaks inside a word that is wider than a line, losing nothing', () => {
    const lines = wrapText('가나다라마바사', 6);
    expect(lines).toEqual(['가나다', '라마바', '사']);
  });

  it('keeps the line breaks of the text', () => {
    expect(wrapText('one\n\ntwo', 10)).toEqual(['one', '', 'two']);
  });
});
