import type { HeadingBlock } from '../shared/block';
import { evenPieces } from './sentences';

export interface HeadingPath {
  /** Outermost first, within the limit. */
  readonly section: readonly string[];
  /** The headings that `section` gives in full. */
  readonly shown: ReadonlySet<HeadingBlock>;
}

/** The innermost headings that fit into `limit` tokens; a last heading that alone is longer is cut at its end. */
export function headingPath(headings: readonly HeadingBlock[], limit: number, tokensOf: (text: string) => number): HeadingPath {
  const shown: HeadingBlock[] = [];
  let left = limit;
  for (const heading of headings.toReversed()) {
    const tokens = tokensOf(heading.text) + 1;
    if (tokens > left) break;
    shown.unshift(heading);
    left -= tokens;
  }
  const own = headings.at(-1);
  if (shown.length > 0 || own === undefined) return { section: shown.map(({ text }) => text), shown: new Set(shown) };
  const pieces = evenPieces(own.text, { start: 0, end: own.text.length }, Math.ceil(tokensOf(own.text) / Math.max(1, limit * 0.75)));
  const first = pieces[0] ?? { start: 0, end: 0 };
  return { section: [own.text.slice(first.start, first.end)], shown: new Set() };
}
