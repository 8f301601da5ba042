/** The languages that answers and refusals are written in. */
export type QueryLanguage = 'ko' | 'en';

/** Korean as soon as there is any Hangul: Koreans mix English words into questions, not the other way round. */
export function queryLanguage(query: string): QueryLanguage {
  return /\p{Script=Hangul}/u.test(query) ? 'ko' : 'en';
}
