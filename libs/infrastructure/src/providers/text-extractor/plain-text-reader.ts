import type { Block } from '@aegis/domain/shared/block';
import { decodeText } from './decode-text';
import type { DocumentReader } from './document-reader';
import { isCertainMark, orderedMark } from './list-mark';
import { levelsOf, type NumberedHeading, numberedHeading } from './numbered-heading';

const TITLE_LENGTH = 60;
const ENDS_LIKE_SENTENCE = /[.!?,;:。]["'”’)]*$|(?:다|요)$/u;
const UNDERLINE = /^(?:={3,}|-{3,})$/;

type Draft = Block | { readonly kind: 'numbered'; readonly heading: NumberedHeading };

/** Plain text: blank lines separate, articles and chapters are headings, and so is a short first line that stands alone. */
export const readPlainText: DocumentReader = ({ bytes }) => {
  const lines = decodeText(bytes)
    .text.replaceAll(/\r\n?|\u2028|\u2029/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd());
  return Promise.resolve({ blocks: textBlocks(lines), pageCount: null, warnings: [] });
};

export function textBlocks(lines: readonly string[]): Block[] {
  const drafts: Draft[] = [];
  let open: string[] = [];
  const close = (): void => {
    if (open.length > 0) drafts.push({ kind: isList(open) ? 'list' : 'paragraph', text: open.join('\n'), page: null });
    open = [];
  };
  lines.forEach((line, index) => {
    const text = line.trim();
    const heading = numberedHeading(text);
    if (text === '' || (UNDERLINE.test(text) && open.length === 0)) close();
    else if (isTitle(lines, index)) {
      close();
      drafts.push({ kind: 'heading', level: drafts.length === 0 ? 1 : 2, text, page: null });
    } else if (heading !== null) {
      close();
      drafts.push({ kind: 'numbered', heading });
      if (heading.rest !== '') open.push(heading.rest);
    } else open.push(open.length === 0 ? text : line);
  });
  close();
  const levelOf = levelsOf(
    drafts.flatMap((draft) => (draft.kind === 'numbered' ? [draft.heading.rank] : [])),
    drafts.some(({ kind }) => kind === 'heading') ? 1 : 0,
  );
  return drafts.map((draft) =>
    draft.kind === 'numbered' ? { kind: 'heading', level: levelOf(draft.heading.rank), text: draft.heading.text, page: null } : draft,
  );
}

/** Every line but the first of an item may go on without a mark. */
const isList = (lines: readonly string[]): boolean =>
  lines.length > 1 && lines.filter((line) => isCertainMark(line.trim()) || orderedMark(line.trim()) !== null).length >= lines.length / 2;

/** Underlined, or the first line of all with a blank line behind it. */
function isTitle(lines: readonly string[], index: number): boolean {
  const [text, next] = [lines[index]?.trim() ?? '', lines[index + 1]?.trim() ?? ''];
  if (text === '' || text.length > TITLE_LENGTH || ENDS_LIKE_SENTENCE.test(text) || UNDERLINE.test(text)) return false;
  if (UNDERLINE.test(next) && next.startsWith('=')) return true;
  return next === '' && lines.slice(0, index).every((line) => line.trim() === '') && numberedHeading(text) === null;
}
