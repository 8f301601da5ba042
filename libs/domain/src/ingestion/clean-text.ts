import type { Block } from '../shared/block';

export interface CleanText {
  readonly text: string;
  /** Invisible characters that were taken out; soft hyphens are ordinary typesetting and do not count. */
  readonly removed: number;
  /** Tag characters have no use in a document but to carry text that people do not see. */
  readonly hasTags: boolean;
}

/** More than this many invisible characters in one document are no accident of typesetting. */
const TOLERATED_INVISIBLE = 10;

const TAGS = /[\u{E0000}-\u{E007F}]/gu;
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** A joiner stays only between two pictographs, where it makes one emoji of them. */
const ZERO_WIDTH =
  /\u200b|\u200c|\u2060|\ufeff|\u180e|(?<!\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
const CONTROLS = /[\u0001-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const LINE_BREAK = /\r\n?|[\u0085\u2028\u2029]/g;
const WIDE_SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

/** The form in which text is stored: NFC, well-formed, no control characters but tab and line feed, nothing invisible. */
export function cleanText(text: string): CleanText {
  let removed = 0;
  const count = (): string => {
    removed += 1;
    return '';
  };
  const hasTags = text.search(TAGS) >= 0;
  const clean = text
    .replaceAll('\0', '')
    .replace(LINE_BREAK, '\n')
    .replace(CONTROLS, ' ')
    .replace(LONE_SURROGATE, '\ufffd')
    .replaceAll('\u00ad', '')
    .replace(TAGS, count)
    .replace(BIDI_CONTROLS, count)
    .replace(ZERO_WIDTH, count)
    .replace(WIDE_SPACE, ' ')
    .normalize('NFC');
  return { text: clean, removed, hasTags };
}

export interface CleanBlocks {
  readonly blocks: readonly Block[];
  /** `hidden_characters` when the document carried more invisible text than typesetting explains. */
  readonly warnings: readonly string[];
}

/** Cleans every text of a document; blocks that have nothing left are dropped. */
export function cleanBlocks(blocks: readonly Block[]): CleanBlocks {
  let [removed, hasTags] = [0, false];
  const clean = (text: string, trim = (clean: string): string => clean.trim()): string => {
    const result = cleanText(text);
    removed += result.removed;
    hasTags ||= result.hasTags;
    return trim(result.text);
  };
  const cleaned = blocks.map((block): Block => {
    if (block.kind === 'code') return { ...block, text: clean(block.text, (text) => text.replace(/^\s*\n/, '').trimEnd()) };
    if (block.kind !== 'table') return { ...block, text: clean(block.text) };
    const caption = block.caption === null ? null : clean(block.caption);
    return {
      ...block,
      caption,
      header: block.header.map((cell) => clean(cell)),
      rows: block.rows.map((row) => row.map((cell) => clean(cell))),
    };
  });
  return {
    blocks: cleaned.filter(hasText),
    warnings: hasTags || removed > TOLERATED_INVISIBLE ? ['hidden_characters'] : [],
  };
}

function hasText(block: Block): boolean {
  if (block.kind !== 'table') return block.text !== '';
  return [...block.header, ...block.rows.flat()].some((cell) => cell !== '');
}
