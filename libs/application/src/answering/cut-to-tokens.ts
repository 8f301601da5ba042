/** The longest beginning of a text within the limit; ends at white space where there is some near, and never inside a character. */
export function cutToTokens(text: string, limit: number, countTokens: (text: string) => number): string {
  if (countTokens(text) <= limit) return text;
  const fits = (length: number) => countTokens(text.slice(0, length)) <= limit;
  const length = largest(text.length, fits);
  return text.slice(0, wholeCharacters(text, afterLastSpace(text, length))).trimEnd();
}

/** A long question is asked at its beginning or its end: two thirds from the one, one third from the other. */
export function keepBothEnds(text: string, limit: number, countTokens: (text: string) => number): string {
  if (countTokens(text) <= limit) return text;
  const joined = (length: number) => {
    const head = wholeCharacters(text, Math.floor((length * 2) / 3));
    const tail = text.length - Math.floor(length / 3);
    const start = wholeCharacters(text, tail) === tail ? tail : tail + 1;
    return `${text.slice(0, head)} … ${text.slice(start)}`;
  };
  return joined(largest(text.length, (length) => countTokens(joined(length)) <= limit));
}

/** The largest whole number up to `upTo` that holds, where all smaller ones hold too. */
function largest(upTo: number, holds: (value: number) => boolean): number {
  let low = 0;
  let high = upTo;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

const NEAR_CHARACTERS = 40;

function afterLastSpace(text: string, length: number): number {
  const near = text.slice(Math.max(0, length - NEAR_CHARACTERS), length);
  const space = near.search(/\s\S*$/u);
  return space === -1 ? length : length - near.length + space;
}

/** The given length, or one less where it would part the two halves of a surrogate pair. */
export function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}
