import { otherSpellings } from './spellings';

const termsOf = (question: string): string[] => otherSpellings(question).map(({ term }) => term);

describe('otherSpellings', () => {
  it.each([
    ['와이파이 비밀번호는?', ['wi', 'fi', 'wifi', 'password']],
    ['How do I reset my e-mail password?', ['이메', '메일', '비밀', '밀번', '번호']],
    ['에이피아이 키를 발급받으려면?', ['api']],
    ['브이피엔 접속이 안 돼요', ['vpn']],
    ['유에스비를 쓸 수 있나요?', ['usb']],
  ])('%s', (question, expected) => {
    expect(termsOf(question)).toEqual(expect.arrayContaining(expected));
  });

  it('leaves out what the question has already, and counts less than it', () => {
    expect(termsOf('와이파이(Wi-Fi, wifi)')).toEqual([]);
    expect(otherSpellings('와이파이').every(({ weight }) => weight < 0.5)).toBe(true);
  });

  it.each(['비오는 날 아이 돌봄', '오이지 담그는 법', '유아이집 원장', 'emailing lists of servers2', '아이디어 공모'])(
    'hears no letters in %s',
    (question) => {
      expect(termsOf(question)).toEqual([]);
    },
  );
});
