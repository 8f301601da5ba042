import type { ChunkText } from '../shared/chunk-text';
import { queryLanguage } from './query-language';

const HANGUL = /\p{Script=Hangul}/u;
const [FIRST_HANGUL, FIRST_SYLLABLE, LAST_SYLLABLE] = ['\u1100', '가', '힣'].map((letter) => letter.charCodeAt(0)) as [
  number,
  number,
  number,
];

/** Of Hangul and a to z; null without any letter. By code unit: every candidate of a search is counted, and matches of an expression take twenty times as long. */
function hangulShare({ content: text }: ChunkText): number | null {
  if (!/\p{L}/u.test(text)) return null;
  let [hangul, latin] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code | 32) >= 97 && (code | 32) <= 122) latin += 1;
    else if (code >= FIRST_HANGUL && ((code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE) || HANGUL.test(text.charAt(at)))) hangul += 1;
  }
  return hangul / Math.max(1, hangul + latin);
}

/** A Korean text with English names is Korean; only a text with next to no Hangul is foreign to a Korean query. */
export function foreignTo(query: string): (text: ChunkText) => boolean {
  const isKorean = queryLanguage(query) === 'ko';
  return (text) => {
    const share = text.read(hangulShare);
    return share !== null && (isKorean ? share < 0.1 : share > 0.5);
  };
}
