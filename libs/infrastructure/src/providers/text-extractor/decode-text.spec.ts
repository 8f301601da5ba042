import { encode } from 'iconv-lite';
import { decodeText } from './decode-text';

const SYLLABLES = Array.from({ length: 11_172 }, (_, index) => String.fromCharCode(0xac00 + index)).join('');
const KOREAN = '제3조(연차) 사원은 1년에 15일의 휴가를 받는다.\nAnnual leave: 15 days.';

describe('decodeText', () => {
  it('reads all 11,172 syllables of CP949', () => {
    expect(decodeText(encode(SYLLABLES, 'cp949'))).toEqual({ text: SYLLABLES, encoding: 'cp949' });
  });

  it.each([
    ['UTF-8', 'utf8', false, 'utf-8'],
    ['UTF-8 with a mark', 'utf8', true, 'utf-8'],
    ['UTF-16LE with a mark', 'utf-16le', true, 'utf-16le'],
    ['UTF-16BE with a mark', 'utf-16be', true, 'utf-16be'],
    ['UTF-16LE without a mark', 'utf-16le', false, 'utf-16le'],
    ['UTF-16BE without a mark', 'utf-16be', false, 'utf-16be'],
    ['CP949', 'cp949', false, 'cp949'],
    ['EUC-KR', 'euc-kr', false, 'cp949'],
  ])('reads %s', (_, encoding, addBOM, expected) => {
    expect(decodeText(encode(KOREAN, encoding, { addBOM }))).toEqual({ text: KOREAN, encoding: expected });
  });

  it('reads two Korean words of UTF-16 without any ASCII character', () => {
    expect(decodeText(encode('취업규칙휴가', 'utf-16le')).text).toBe('취업규칙휴가');
  });

  it('reads syllables that EUC-KR does not have', () => {
    expect(decodeText(encode('찦차를 타고 온 펲시맨과 쑛다리 똠방각하', 'cp949')).text).toBe('찦차를 타고 온 펲시맨과 쑛다리 똠방각하');
  });

  it('takes Western text for Western', () => {
    expect(decodeText(encode('Les congés payés sont dûs à l’été.', 'windows-1252'))).toEqual({
      text: 'Les congés payés sont dûs à l’été.',
      encoding: 'windows-1252',
    });
  });
});
