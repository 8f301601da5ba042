const NUMBER = /\d+(?:[.,]\d+)*/g;
/** `1. ` and `2) ` at the start of a line count the line, not the world. */
const LIST_MARK = /^\s*\d{1,2}[.)]\s/gm;

/** The numbers of a text, each once: `1,234` is 1234, `12.50` stays as written. */
export function statedNumbers(text: string): readonly string[] {
  const numbers = text.normalize('NFKC').replace(LIST_MARK, '').match(NUMBER) ?? [];
  return [...new Set(numbers.map((number) => number.replace(/,(?=\d{3})/g, '')))];
}

/** Whether every number of a claim stands in what it cites. A figure that no source holds was made up. */
export function numbersAreCarried(claim: string, contents: readonly string[]): boolean {
  const known = new Set(contents.flatMap(statedNumbers));
  return statedNumbers(claim).every((number) => known.has(number));
}
