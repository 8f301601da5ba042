/** The languages that answers and refusals are written in. */
export type QueryLanguage = 'ko' | 'en';

/**
 * Korean as soon as there is any Hangul: Koreans mix English words into questions, not the other way round. A query without letters of
 * either script (a number, a date, a name in another script) does not tell: then it is `otherwise`.
 */
export function queryLanguage(query: string, otherwise: QueryLanguage = 'en'): QueryLanguage {
  if (/\p{Script=Hangul}/u.test(query)) return 'ko';
  return /\p{Script=Latin}/u.test(query) ? 'en' : otherwise;
}
