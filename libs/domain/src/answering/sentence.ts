import type { ChunkText } from '../shared/chunk-text';

/** A stretch of a chunk's content that can be quoted on its own. Offsets are UTF-16 code units, end exclusive. */
export interface Sentence {
  readonly kind: 'prose' | 'row' | 'heading';
  readonly start: number;
  readonly end: number;
  /** Column names of a table row, in the row's order; empty otherwise. */
  readonly columns: readonly string[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Longer stretches without a sentence end are cut at a space: a quote must stay readable. */
const MAX_SENTENCE_CHARACTERS = 600;
/** Shorter lines stand alone: titles, list items, addresses. Longer ones were broken by a page's width. */
const WRAPPED_LINE_CHARACTERS = 36;

/** Tried at the beginning of a run of marks only: a long run would cost its length at each of them. */
const SENTENCE_END = /(?<![.!?。！？])[.!?。！？]+["'”’)\]」』]*(?:\[\d{1,3}\])*(?=\s|$)|(?<=[다요음함임됨])\.(?=\p{Script=Hangul})/gu;
const ABBREVIATION =
  /(?:\b(?:mr|mrs|ms|dr|prof|st|no|vs|etc|inc|ltd|co|corp|fig|sec|art|approx|e\.g|i\.e|u\.s)|(?:^|\s)[a-z]|(?:^|[\s(])\d{1,4})\.$/i;
/** Longer than any abbreviation with its point and what stands before it. */
const ABBREVIATION_CHARACTERS = 12;
const STARTS_ITEM = /^(?:[-*•·▪◦○●※]|\d{1,2}[.)]\s|[①-⑳]|[가-하][.)]\s|\(?\d{1,2}\)|제\s?\d+\s?[조장절항])/u;
const HEADING = /^#{1,6}\s/;
const TABLE_RULE = /^\|?[\s:|-]+\|?$/;

/** The cells of a Markdown table row. */
export const cellsOf = (row: string): string[] =>
  row
    .replace(/^\s*\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

function linesOf(content: string): Span[] {
  return [...content.matchAll(/[^\n]+/g)].flatMap(({ index, 0: line }) => {
    const start = index + (line.length - line.trimStart().length);
    return line.trim() === '' ? [] : [{ start, end: start + line.trim().length }];
  });
}

/** A line goes on in the next when it is as long as a page's line, ends inside a sentence, and the next is neither far nor an item. */
function goesOn(content: string, line: Span, next: Span): boolean {
  const text = content.slice(line.start, line.end);
  const blankBetween = /\n\s*\n/.test(content.slice(line.end, next.start));
  const starts = content.slice(next.start, next.end);
  const broken = text.length >= WRAPPED_LINE_CHARACTERS && !/[.!?:。]["'”’)\]]*$/.test(text);
  return broken && !blankBetween && !STARTS_ITEM.test(starts) && !starts.startsWith('|') && !HEADING.test(starts);
}

function isEnd(before: string, after: string): boolean {
  if (/^[!?。！？]/.test(before.slice(-1))) return true;
  return !ABBREVIATION.test(before.slice(-ABBREVIATION_CHARACTERS)) && !/^\s+[a-z]/.test(after);
}

function bounded(content: string, span: Span): Span[] {
  if (span.end - span.start <= MAX_SENTENCE_CHARACTERS) return [span];
  const space = content.lastIndexOf(' ', span.start + MAX_SENTENCE_CHARACTERS);
  const cut = space > span.start + MAX_SENTENCE_CHARACTERS / 2 ? space : span.start + MAX_SENTENCE_CHARACTERS;
  return [{ start: span.start, end: cut }, ...bounded(content, trimmed(content, { start: cut, end: span.end }))];
}

function trimmed(content: string, { start, end }: Span): Span {
  const text = content.slice(start, end);
  return { start: start + (text.length - text.trimStart().length), end: end - (text.length - text.trimEnd().length) };
}

function sentencesOfParagraph(content: string, paragraph: Span): Span[] {
  const text = content.slice(paragraph.start, paragraph.end);
  const ends = [...text.matchAll(SENTENCE_END)]
    .map(({ index, 0: mark }) => index + mark.length)
    .filter((end) => end < text.length && isEnd(text.slice(0, end), text.slice(end)));
  const starts = [0, ...ends];
  return starts
    .map((start, index) => trimmed(content, { start: paragraph.start + start, end: paragraph.start + (starts[index + 1] ?? text.length) }))
    .filter(({ start, end }) => end > start)
    .flatMap((span) => bounded(content, span));
}

/** A table's first line names its columns and is no sentence itself; lines under it whose first cell is empty go on naming them. */
function rowsOfTable(content: string, lines: readonly Span[]): Sentence[] {
  const rows = lines.map((span) => ({ span, text: content.slice(span.start, span.end) })).filter(({ text }) => !TABLE_RULE.test(text));
  const [header, ...rest] = rows.map((row) => ({ ...row, cells: cellsOf(row.text) }));
  const first = rest.findIndex(({ cells }) => cells[0] !== '');
  const naming = [...(header === undefined ? [] : [header]), ...rest.slice(0, Math.max(0, first))];
  const width = Math.max(0, ...naming.map(({ cells }) => cells.length));
  const columns = Array.from({ length: width }, (_, column) =>
    naming
      .map(({ cells }) => cells[column] ?? '')
      .join(' ')
      .trim(),
  );
  return rest.slice(Math.max(0, first)).map(({ span }) => ({ kind: 'row', columns, ...span }));
}

/** Every sentence, list item and table row of a chunk's content, in order and without overlap. */
export function sentencesOf(content: string): Sentence[] {
  const lines = linesOf(content);
  const startsWith = (index: number, mark: string): boolean => content.startsWith(mark, lines[index]?.start ?? content.length);
  const sentences: Sentence[] = [];
  for (let from = 0; from < lines.length;) {
    let to = from + 1;
    if (startsWith(from, '|')) {
      while (startsWith(to, '|')) to += 1;
      for (const row of rowsOfTable(content, lines.slice(from, to))) sentences.push(row);
    } else {
      for (
        let [line, next] = [lines[to - 1], lines[to]];
        line && next && goesOn(content, line, next);
        [line, next] = [lines[to - 1], lines[to]]
      )
        to += 1;
      const paragraph = { start: lines[from]?.start ?? 0, end: lines[to - 1]?.end ?? content.length };
      const kind = HEADING.test(content.slice(paragraph.start, paragraph.end)) ? 'heading' : 'prose';
      for (const span of sentencesOfParagraph(content, paragraph)) sentences.push({ kind, columns: [], ...span });
    }
    from = to;
  }
  return sentences;
}

/** Their texts, rows with the names of their columns before them. */
export const sentenceTexts = ({ content }: ChunkText): readonly string[] =>
  sentencesOf(content).map(({ start, end, columns }) => [...columns, content.slice(start, end)].join(' '));
