import { type PDFPageProxy, Util } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { median, type PageText, type TextItem } from './pdf-layout/page-text';

/** Some Korean fonts give U+0001 for a space. */
const CONTROLS = /[\u0000-\u001f\u007f]/g;
/** Radicals that printing puts for the ideographs of the same shape, and Latin ligatures: nobody searches for them. */
const GLYPH_FORMS = /[\u2e80-\u2fdf\ufb00-\ufb06]/g;

interface Glyphs extends TextItem {
  /** Quarter turns, clockwise, of the direction of writing. */
  readonly turns: number;
}

/** The text of a page with its places, turned so that most of it is upright; what runs another way is read last. */
export async function readPageText(page: PDFPageProxy, number: number): Promise<PageText> {
  const viewport = page.getViewport({ scale: 1 });
  const { items } = await page.getTextContent({ includeMarkedContent: false });
  const glyphs = items.flatMap((item): Glyphs[] => {
    const text = 'str' in item ? item.str.replaceAll(CONTROLS, ' ').replaceAll(GLYPH_FORMS, (form) => form.normalize('NFKC')) : '';
    if (!('transform' in item) || text.trim() === '') return [];
    const [a = 1, b = 0, c = 0, d = 0, x = 0, y = 0] = Util.transform(viewport.transform, item.transform) as number[];
    const turns = (Math.round(Math.atan2(b, a) / (Math.PI / 2)) + 4) % 4;
    return [{ text, x, y, width: item.width, height: Math.hypot(c, d), turns }];
  });
  page.cleanup();
  const sheet = { width: viewport.width, height: viewport.height };
  const turns = mostly(glyphs);
  const isTurned = turns % 2 === 1;
  const [width, height] = isTurned ? [sheet.height, sheet.width] : [sheet.width, sheet.height];
  const upright = glyphs.filter((item) => item.turns === turns).map((item) => ({ ...item, ...turnedBack(item, turns, sheet) }));
  const aside = glyphs.filter((item) => item.turns !== turns);
  const size = median(upright.map((item) => item.height));
  const below = aside.map((item, index) => ({ ...item, height: size, x: 0, y: height + (index + 1) * 3 * size }));
  return { number, width, height, items: [...upright, ...below] };
}

function mostly(glyphs: readonly Glyphs[]): number {
  const characters = [0, 0, 0, 0];
  for (const { turns, text } of glyphs) characters[turns] = (characters[turns] ?? 0) + text.length;
  return characters.indexOf(Math.max(...characters));
}

function turnedBack({ x, y }: TextItem, turns: number, { width, height }: { width: number; height: number }): { x: number; y: number } {
  if (turns === 1) return { x: y, y: width - x };
  if (turns === 2) return { x: width - x, y: height - y };
  return turns === 3 ? { x: height - y, y: x } : { x, y };
}
