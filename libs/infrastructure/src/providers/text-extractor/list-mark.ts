/** Marks that nothing but a list begins with. */
const CERTAIN = /^(?:[•◦▪■□○●◎◆◇▶▷▸►✓✔※–—ㆍ∙·]\s*(?=\S)|[-*]\s+(?=\S)|[①-⑳㉠-㉻ⓐ-ⓩ⑴-⒇]\s*)/u;
/** Numbers and letters that a sentence could begin with too: their order decides. */
const ORDERED = /^(?<open>\()?(?:(?<number>\d{1,2})|(?<syllable>[가나다라마바사아자차카타파하])|(?<letter>[a-z]))(?<close>[.)])\s*(?=\S)/u;
const SYLLABLES = '가나다라마바사아자차카타파하';

export const isCertainMark = (line: string): boolean => CERTAIN.test(line);

export interface OrderedMark {
  /** What one list has in common: `(1)`, `1)`, `1.`, `가.` ... */
  readonly style: string;
  /** From 1. */
  readonly place: number;
}

export function orderedMark(line: string): OrderedMark | null {
  const match = ORDERED.exec(line);
  if (match === null) return null;
  const { open = '', number, syllable, letter, close = '' } = match.groups ?? {};
  // `3.5` and `5.27.` are numbers; a bracket needs no space behind it.
  if (close === '.' && !/\s$/.test(match[0])) return null;
  const style = (sort: string): string => `${open}${sort}${close}`;
  if (number !== undefined) return { style: style('1'), place: Number(number) };
  if (syllable !== undefined) return { style: style('가'), place: SYLLABLES.indexOf(syllable) + 1 };
  return { style: style('a'), place: (letter ?? 'a').charCodeAt(0) - 96 };
}
