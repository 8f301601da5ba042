/** A year that can be meant as one: 1900 to 2199 by itself, an earlier one where `년` or a preposition says so. 1,200명 and 2048px are none. */
const YEAR =
  /(?<![\d.,\p{L}]|\p{L}-)(?:(?:19|20|21)\d\d(?:(?=\s*년)|(?![\d\p{L}%]|[.,]\d))|1[0-8]\d\d(?=\s*년)|(?<=\b(?:in|since|by|of|from|until|before|after|year)\s+)1[0-8]\d\d(?![\d\p{L}%]|[.,]\d))/giu;

/** The years that a question names, each once. */
export const statedYears = (question: string): readonly string[] => [...new Set(question.normalize('NFKC').match(YEAR))];

/** Whether a text speaks of a year, in full or in two digits as reports write it: `23년`, `'23`, `3Q23`, `FY23`, `23.9.30`. */
export function speaksOfYear(text: string, year: string): boolean {
  const short = year.slice(2);
  if (new RegExp(`(?<!\\d)${year}(?!\\d)`).test(text)) return true;
  return (
    year.startsWith('20') &&
    new RegExp(`(?<!\\d)${short}\\s*년|['’‘\`]${short}(?!\\d)|(?:fy|q)\\s*${short}(?!\\d)|(?<![\\d.])${short}\\.\\s*\\d{1,2}\\.`, 'i').test(
      text,
    )
  );
}
