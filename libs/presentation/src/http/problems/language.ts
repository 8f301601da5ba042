export type ProblemLanguage = 'ko' | 'en';

/** As RFC 9110 writes a weight; anything else weighs nothing. */
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/** The better wanted of Korean and English by an `Accept-Language` header; of both alike the one that is named first; English when it asks for neither. */
export const preferredLanguage = (header: string | undefined): ProblemLanguage => languageAskedFor(header) ?? 'en';

/** The same; null when it names neither of the two, as a `*` alone does. */
export function languageAskedFor(header: string | undefined): ProblemLanguage | null {
  const wanted = new Map<string, number>();
  for (const range of (header ?? '').slice(0, 500).toLowerCase().split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
    const language = tag.split('-')[0] ?? '';
    wanted.set(language, Math.max(wanted.get(language) ?? 0, weightOf(parameters)));
  }
  const others = wanted.get('*') ?? 0;
  const [korean, english] = [wanted.get('ko') ?? others, wanted.get('en') ?? others];
  const [first] = [...wanted.keys()].filter((language) => language === 'ko' || language === 'en');
  if (first === undefined) return null;
  const isNamedFirst = first === 'ko';
  return korean > english || (korean === english && korean > 0 && isNamedFirst) ? 'ko' : 'en';
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  return given === undefined ? 1 : Number(WEIGHT.exec(given)?.[1] ?? 0);
}
