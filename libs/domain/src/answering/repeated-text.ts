import type { ChunkText } from '../shared/chunk-text';

/** Words, numbers with their points and signs, and what makes a number another one: 5 %, $5 and -5 are not 5. */
const WORD = /[\p{L}\p{M}]+|(?<![\p{L}\p{N}])-(?=\d)|[\p{N}]+(?:[.,][\p{N}]+)*|[%‰$€£¥₩+−±<>≤≥]/gu;
const GROUPED = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
/** Less may be a heading that says something else in every document. */
const FEWEST_WORDS = 8;

/** What tells two documents of one wording apart: years, quarters, halves and months. `2022년 3분기`, `FY2023`, `Q3`, `2024-03` */
const PERIOD =
  /(?<!\d)(?:19|20)\d{2}(?!\d)(?:[-._/]?(?:0[1-9]|1[0-2])(?!\d))?|[1-4]분기|[상하]반기|\d{1,2}월|\b[qh][1-4]\b|[1-4]q(?!\w)/giu;

/** The same for texts that differ in white space and Unicode form only. */
export const sameTextKey = (content: string): string => content.normalize('NFKC').replace(/\s+/gu, ' ').trim();

/** The same for places of one period, however they are called. */
function periodsOf({ filename, context }: ChunkText): string {
  const found = `${filename} ${context}`.normalize('NFKC').toLowerCase().match(PERIOD) ?? [];
  return [...new Set(found)].sort().join(' ');
}

/** A text as it is compared with others: its words in order, without case, punctuation and markup. */
export class ComparedText {
  private readonly words: string;
  private readonly periods: string;
  private readonly count: number;

  constructor(text: ChunkText) {
    const words = text.content.normalize('NFKC').toLowerCase().match(WORD) ?? [];
    this.words = ` ${words.map((word) => (GROUPED.test(word) ? word.replaceAll(',', '') : word)).join(' ')} `;
    this.periods = periodsOf(text);
    this.count = words.length;
  }

  /**
   * Whether the other text, of the same period by its names, says all of this one word by word: the same text, or a larger piece of it. A
   * number, name or negation that differs makes two texts of it.
   */
  isSaidIn(other: ComparedText): boolean {
    if (this.periods !== other.periods) return false;
    return this.words === other.words || (this.count >= FEWEST_WORDS && other.words.includes(this.words));
  }
}

/** What `ChunkText` keeps of a chunk that was compared. */
export const comparedText = (text: ChunkText): ComparedText => new ComparedText(text);
export const textKey = ({ content }: ChunkText): string => sameTextKey(content);
