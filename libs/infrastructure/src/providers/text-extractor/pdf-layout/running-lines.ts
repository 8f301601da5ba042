import type { PageText, TextItem } from './page-text';
import { linesOf, type TextLine } from './text-line';

/** Share of the page's height at the top and at the bottom where running lines stand. */
const MARGIN = 0.1;
const GRID_POINTS = 4;
const PAGE_NUMBER =
  /^(?:[-–—~[(<\s]*\d{1,4}[-–—~\])>\s]*|(?:page|쪽|p\.)\s*\d{1,4}(?:\s*(?:of|\/)\s*\d{1,4})?|\d{1,4}\s*(?:\/|of|쪽\s*\/)\s*\d{1,4}\s*쪽?)$/iu;

const inMargin = (page: PageText, { baseline }: TextLine): boolean =>
  baseline < MARGIN * page.height || baseline > (1 - MARGIN) * page.height;
/** The same place and the same words, whatever their numbers. */
const keyOf = ({ baseline, text }: TextLine): string => `${Math.round(baseline / GRID_POINTS)} ${text.replaceAll(/\d+/g, '#')}`;

/** The pages without headers, footers and page numbers: what stands at the same place on at least half the pages, and on two. */
export function withoutRunningLines(pages: readonly PageText[]): PageText[] {
  const marginal = pages.map((page) => linesOf(page.items).filter((line) => inMargin(page, line)));
  const counts = new Map<string, number>();
  for (const lines of marginal) for (const key of new Set(lines.map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  const enough = Math.max(2, pages.length / 2);
  return pages.map((page, index) => {
    const running = (marginal[index] ?? []).filter((line) => (counts.get(keyOf(line)) ?? 0) >= enough || PAGE_NUMBER.test(line.text));
    const gone = new Set<TextItem>(running.flatMap(({ items }) => items));
    // A page that says nothing else is no page of running lines.
    return gone.size === 0 || gone.size === page.items.length ? page : { ...page, items: page.items.filter((item) => !gone.has(item)) };
  });
}
