import type { CheerioAPI } from 'cheerio';

const NEVER_SHOWN =
  'head, script, style, noscript, template, iframe, object, embed, svg, math, canvas, audio, video, select, datalist, textarea, nav, [role="navigation"], [hidden], [aria-hidden="true"], input';
const HIDING = /(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))/i;
/** A rule whose selectors are plain enough to trust: no state, no pseudo element. */
const RULE = /([^{}@;]+)\{([^{}]*)\}/g;
const PLAIN_SELECTOR = /^[\w\s.#>~+*-]+$/;

/** Takes out what a browser would not show, and navigation. Style sheets inside the page count, those for print or other media do not. */
export function removeHidden($: CheerioAPI): void {
  const sheets = $('style')
    .toArray()
    .map((element) => $(element).text());
  $(NEVER_SHOWN).remove();
  $('[style]')
    .filter((_, element) => HIDING.test($(element).attr('style') ?? ''))
    .remove();
  for (const selector of sheets.flatMap(hidingSelectors)) $(selector).remove();
}

function hidingSelectors(sheet: string): string[] {
  const screen = withoutAtRules(sheet.replaceAll(/\/\*[\s\S]*?\*\//g, ''));
  return [...screen.matchAll(RULE)].flatMap(([, selectors = '', body = '']) =>
    HIDING.test(body)
      ? selectors
          .split(',')
          .map((selector) => selector.trim())
          .filter((selector) => PLAIN_SELECTOR.test(selector) && /[.#]/.test(selector))
      : [],
  );
}

/** Rules inside `@media` and the like hold elsewhere or sometimes. */
function withoutAtRules(sheet: string): string {
  let [depth, skipFrom, result]: [number, number | null, string] = [0, null, ''];
  for (let at = 0; at < sheet.length; at += 1) {
    const character = sheet[at] ?? '';
    if (skipFrom === null && character === '@') skipFrom = depth;
    if (skipFrom === null) result += character;
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (skipFrom !== null && depth === skipFrom && (character === '}' || character === ';')) skipFrom = null;
  }
  return result;
}
