export type ProblemLanguage = 'ko' | 'en';

/** The better wanted of Korean and English by an `Accept-Language` header; English when it asks for neither. */
export function preferredLanguage(header: string | undefined): ProblemLanguage {
  const wanted = { ko: 0, en: 0, '*': 0 };
  for (const range of (header ?? '').slice(0, 500).toLowerCase().split(',')) {
    const [tag = '', ...parameters] = range.trim().split(';');
    const language = tag.split('-')[0] ?? '';
    if (language !== 'ko' && language !== 'en' && language !== '*') continue;
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find((value) => value !== undefined);
    wanted[language] = Math.max(wanted[language], quality === undefined ? 1 : Number(quality));
  }
  return wanted.ko > Math.max(wanted.en, wanted['*']) ? 'ko' : 'en';
}
