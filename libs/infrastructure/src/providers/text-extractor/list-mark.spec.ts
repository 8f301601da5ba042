import { isCertainMark, orderedMark } from './list-mark';

describe('isCertainMark', () => {
  it.each(['① 신청한다', '• item', '- 항목', '※ 참고', '▶안내'])('%s begins an item', (line) => expect(isCertainMark(line)).toBe(true));
  it.each(['-5 °C', '본문', '1. item', '*별표*'])('%s does not', (line) => expect(isCertainMark(line)).toBe(false));
});

describe('orderedMark', () => {
  it('gives style and place', () => {
    expect(orderedMark('2. 제출 서류')).toEqual({ style: '1.', place: 2 });
    expect(orderedMark('(3)예외')).toEqual({ style: '(1)', place: 3 });
    expect(orderedMark('다. 기타')).toEqual({ style: '가.', place: 3 });
    expect(orderedMark('b) second')).toEqual({ style: 'a)', place: 2 });
  });
  it.each(['3.5 percent', '2024. 1. 1.', '가나다', '(주)한빛'])('%s is no mark', (line) => expect(orderedMark(line)).toBeNull());
});
