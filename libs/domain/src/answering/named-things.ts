import { unifiedText } from '../shared/unified-text';

/** `unifiedText`, with groups of digits joined. */
export const plainText = (text: string): string => unifiedText(text).replaceAll(/(?<=\d),(?=\d{3})/g, '');

const QUOTED = /[“"「『<《‘]([^”"」』>》’]{2,40})[”"」』>》’]/gu;
const LATIN_WORD = /[A-Za-z][A-Za-z0-9&-]+/g;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}'’.&-]*/gu;
/** Words that begin sentences and titles, and what one says of months and days in many ways. */
const COMMON = new Set(
  (
    'who whom whose what which when where why how is are was were do does did can could will would should has have had may must i in on at of for ' +
    'the a an by to from as if and or not no besides during after before according along about per name list please tell give explain describe show ' +
    'january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday'
  ).split(' '),
);
/** An ending may differ: `Normans` is found as Norman, `Hanbit's` as Hanbit. */
const ENDING_CHARACTERS = 2;
const LONG_NAME = 6;

const stem = (name: string): string => (name.length >= LONG_NAME ? name.slice(0, -ENDING_CHARACTERS) : name);

function englishNames(question: string): string[] {
  return (question.match(WORD) ?? []).flatMap((word, at) => {
    const bare = word.replace(/['’]s$/, '').replace(/[.'’-]+$/, '');
    const isCapital = /^\p{Lu}/u.test(bare) && (at > 0 || /^\p{Lu}.*[\p{Lu}\p{N}]/u.test(bare));
    return isCapital && !COMMON.has(bare.toLowerCase()) ? [bare] : [];
  });
}

/** The names in a question, as `plainText` writes them, long ones without their ending; those in quotation marks whole. */
export function namesIn(question: string): readonly string[] {
  const quoted = [...question.matchAll(QUOTED)].map(([, inside]) => plainText(inside ?? ''));
  const names = /\p{Script=Hangul}/u.test(question) ? (question.match(LATIN_WORD) ?? []) : englishNames(question);
  return [...new Set([...quoted, ...names.map((name) => stem(plainText(name)))])];
}
