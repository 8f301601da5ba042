import type { ChunkText } from '../shared/chunk-text';

/** Enough to see which language a text is in. */
const SAMPLE = 400;

/** True for Korean: more than a tenth of its first letters are Hangul. Null without letters of either script. */
export function isKorean(text: string): boolean | null {
  let [hangul, latin] = [0, 0];
  for (let at = 0; at < Math.min(text.length, SAMPLE); at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0xac00 && code <= 0xd7a3) hangul += 1;
    else if ((code | 32) >= 97 && (code | 32) <= 122) latin += 1;
  }
  return hangul + latin === 0 ? null : hangul > 0.1 * (hangul + latin);
}

const isKoreanChunk = ({ content }: ChunkText): boolean | null => isKorean(content);

/** Whether a text is in the other language than the query; false where one of them does not tell. */
export function foreignTo(query: string): (text: ChunkText) => boolean {
  const asked = isKorean(query);
  return (text) => {
    const found = text.read(isKoreanChunk);
    return asked !== null && found !== null && asked !== found;
  };
}
