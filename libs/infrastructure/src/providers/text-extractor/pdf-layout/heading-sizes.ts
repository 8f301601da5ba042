import type { PlacedLine } from './placed-line';

const LARGER = 1.12;
const LONGEST = 150;
const round = (height: number): number => Math.round(height * 2) / 2;

/** Which lines are headings by their size, and of which level. Body is the size that most characters have. */
export class HeadingSizes {
  private readonly sizes: readonly number[];

  constructor(lines: readonly PlacedLine[]) {
    const characters = new Map<number, number>();
    for (const { height, text } of lines) characters.set(round(height), (characters.get(round(height)) ?? 0) + text.length);
    const [most] = [...characters].sort((a, b) => b[1] - a[1]);
    const body = most?.[0] ?? 0;
    const larger = lines.filter((line) => line.height > LARGER * body && isTitle(line.text)).map(({ height }) => round(height));
    this.sizes = [...new Set(larger)].sort((a, b) => b - a);
  }

  /** Levels that are taken, for headings that are known otherwise. */
  get levels(): number {
    return Math.min(5, this.sizes.length);
  }

  /** 1 for the largest type; null for what is no heading. */
  levelOf({ height, text }: PlacedLine): number | null {
    const rank = this.sizes.indexOf(round(height));
    return rank < 0 || !isTitle(text) ? null : Math.min(6, rank + 1);
  }
}

/** A large number on its own is decoration. */
const isTitle = (text: string): boolean => text.length < LONGEST && /\p{L}{2}|\p{Script=Hangul}/u.test(text);
