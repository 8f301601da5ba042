/** `it`, `those` … stand for what was said before; `that` only where it is no conjunction. */
const ENGLISH_POINTER =
  /\b(?:it|its|they|them|their|theirs|these|those|this|he|she|him|his|her|ones|the same|the (?:former|latter|first|second|other) one|(?<=\b(?:is|was|does|did|can|of|about|for|like|with|than|after|before)\s)that|that(?=\s*(?:$|[?.!,;]|(?:is|was|one|has|had|does|did|do|can|will|would|work|mean|happen|apply|cost)s?\b)))(?![\w'-])/iu;
const ENGLISH_OPENING =
  /^(?:and|but|so|then|also|or|what about|how about|any(?:thing)? (?:other|else|more)|(?:some|no)thing else|other|another)\b/iu;
/** A name or a number before the pointer: it stands for that, inside the question. The first word is written large anyway. */
const ENGLISH_NAME = /\s[("'“]?(?:\p{Lu}[\p{L}\p{N}]{1,}|\p{N}+)/u;

const KOREAN_POINTER =
  /^(?:[그이저](?:것|거|건|게|걸|곳|때|분|들|녀)(?:들)?(?:[은는이가을를의에도와과로만]|에서|으로|부터|까지|처럼|보다)?|[그이](?:는|가|의|를|에게|와)|[그이]|거기|여기|저기|거기서|여기서|거긴|여긴|해당|앞서|방금|아까|위의|나머지|나머지는)[?？.]?$/u;
const KOREAN_OPENING = /^(?:그럼|그러면|그렇다면|그런데|그래서|그리고|그중|그 중|둘 중|또|그거|다른 (?:건|것|거))(?=\s|$|[은는이가도,])/u;
/** Later in a longer question such a word stands for something inside it: `… 하고 그 이유는 무엇인가`. */
const KOREAN_LEADING_WORDS = 2;
const KOREAN_SHORT_QUESTION = 4;

function englishPointsBack(question: string): boolean {
  if (ENGLISH_OPENING.test(question)) return true;
  const pointer = ENGLISH_POINTER.exec(question);
  return pointer !== null && !ENGLISH_NAME.test(question.slice(0, pointer.index));
}

function koreanPointsBack(question: string): boolean {
  if (KOREAN_OPENING.test(question)) return true;
  const words = question.split(/\s+/u);
  const leading = words.length <= KOREAN_SHORT_QUESTION ? words : words.slice(0, KOREAN_LEADING_WORDS);
  return leading.some((word) => KOREAN_POINTER.test(word));
}

/**
 * Whether a question names what it asks about only by pointing at it: `how is that calculated?`, `그건 언제까지예요?`. It says too much rather
 * than too little: what came before then counts beside the question, not instead of it.
 */
export function pointsBack(question: string): boolean {
  const text = question.normalize('NFC').trim();
  return /\p{Script=Hangul}/u.test(text) ? koreanPointsBack(text) : englishPointsBack(text);
}
