import type { TextLine } from './text-line';
import { WordSpacing } from './word-spacing';

const HYPHEN_END = /[\u00ad\u2010-]$/u;
const HANGUL = /[가-힣]/u;
/** Latin words and numbers are never broken without a hyphen. */
const UNBREAKABLE = /[0-9A-Za-z]/;

/** Makes one text of the lines of a paragraph, by what the document shows of its own spacing. */
export class LineJoiner {
  private readonly words = new Map<string, number>();
  private readonly spacing = new WordSpacing();
  private readonly breaksAtWords: boolean;

  constructor(lines: readonly TextLine[]) {
    for (const { text } of lines) {
      this.spacing.learn(text);
      for (const word of text.split(' ').slice(1, -1)) this.words.set(word, (this.words.get(word) ?? 0) + 1);
    }
    this.breaksAtWords = breaksAtWords(lines);
  }

  /** `slack`: points that were left on the line of `before`; `height`: size of the type. */
  join(before: string, next: string, slack: number, height: number): string {
    if (HYPHEN_END.test(before) && /^\p{Ll}/u.test(next)) return before.slice(0, -1) + next;
    return this.isOneWord(before, next, slack, height) ? before + next : `${before} ${next}`;
  }

  private isOneWord(before: string, next: string, slack: number, height: number): boolean {
    const [last = '', first = ''] = [before.at(-1), next.at(0)];
    if (!HANGUL.test(last + first) || (UNBREAKABLE.test(last) && UNBREAKABLE.test(first))) return false;
    // Room for another syllable was left, so the line was broken at a word.
    if (this.breaksAtWords || slack > 1.3 * height) return false;
    const lastWord = before.slice(before.lastIndexOf(' ') + 1);
    const firstWord = next.split(' ', 1)[0] ?? '';
    const together = this.words.get(lastWord + firstWord) ?? 0;
    const apart = Math.min(this.words.get(lastWord) ?? 0, this.words.get(firstWord) ?? 0);
    if (together !== apart) return together > apart;
    return this.spacing.evidenceOfSpace(last, first) <= 0;
  }
}

/** Programs that break Korean only at spaces leave a ragged edge; those that break anywhere fill every line. */
function breaksAtWords(lines: readonly TextLine[]): boolean {
  const edge = lines.reduce((right, line) => Math.max(right, line.right), 0);
  const full = lines.filter((line) => line.right > edge - 6 * line.height && /[가-힣]$/u.test(line.text));
  const loose = full.filter((line) => edge - line.right > 1.3 * line.height);
  return full.length >= 8 && loose.length > full.length / 3;
}
