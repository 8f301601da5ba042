/** A run of text as `[start, end)` in the text it was cut from; `end` leaves out the white space that follows. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * A sentence's end with its closing marks, before white space; or the end of a line. A lone number or letter before one point is a list
 * mark. Tried at the beginning of a run of marks only: a long run would cost its length at each of them.
 */
const SENTENCE_END =
  /(?<![.!?。！？…])(?:(?<!(?:^|\s)(?:\d{1,3}|[A-Za-z가-하]))[.!?。！？…]|[.!?。！？…]{2})[.!?。！？…]*["'”’)\]」』》>]*(?=\s)|\n/gu;

/** The sentences and lines of a text, in order; white space between them belongs to none. */
export const sentenceSpans = (text: string): TextSpan[] => [...eachSentenceSpan(text)];

/** The same, one at a time. */
export function* eachSentenceSpan(text: string): Generator<TextSpan, void> {
  let from = 0;
  for (const match of text.matchAll(SENTENCE_END)) {
    const until = match.index + match[0].length;
    const span = trimmed(text, from, until);
    if (span.end > span.start) yield span;
    from = until;
  }
  const last = trimmed(text, from, text.length);
  if (last.end > last.start) yield last;
}

function trimmed(text: string, from: number, until: number): TextSpan {
  const piece = text.slice(from, until);
  const start = from + (piece.length - piece.trimStart().length);
  return { start, end: Math.max(start, from + piece.trimEnd().length) };
}

/**
 * Cuts `[start, end)` into `count` pieces of about equal length, at white space where some is near; never inside a surrogate pair.
 * For what has no sentences: the pieces may be fewer when the text is shorter.
 */
export function evenPieces(text: string, span: TextSpan, count: number): TextSpan[] {
  const pieces: TextSpan[] = [];
  let start = span.start;
  for (let left = count; left > 1 && start < span.end; left -= 1) {
    const ideal = start + Math.max(1, Math.ceil((span.end - start) / left));
    const cut = cutNear(text, start, ideal, span.end);
    const piece = trimmed(text, start, cut);
    if (piece.end > piece.start) pieces.push(piece);
    start = cut;
  }
  const last = trimmed(text, start, span.end);
  return last.end > last.start ? [...pieces, last] : pieces;
}

/** White space within the last third before `ideal`, else `ideal` itself. */
function cutNear(text: string, start: number, ideal: number, end: number): number {
  if (ideal >= end) return end;
  const earliest = start + Math.floor(((ideal - start) * 2) / 3);
  for (let at = ideal; at > earliest; at -= 1) if (/\s/.test(text[at] ?? '')) return at;
  const splitsPair = /[\udc00-\udfff]/.test(text[ideal] ?? '') && /[\ud800-\udbff]/.test(text[ideal - 1] ?? '');
  if (!splitsPair) return ideal;
  return ideal - 1 > start ? ideal - 1 : ideal + 1;
}
