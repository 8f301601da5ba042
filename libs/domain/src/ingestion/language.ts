export type TextLanguage = 'ko' | 'en' | 'mixed' | 'und';

/** By the share of Hangul among Hangul and Latin letters: 0.3 and more is Korean, 0.05 and less English; without letters undetermined. */
export function languageOf(text: string): TextLanguage {
  const hangul = text.match(/\p{Script=Hangul}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (hangul + latin === 0) return 'und';
  const share = hangul / (hangul + latin);
  return share >= 0.3 ? 'ko' : share <= 0.05 ? 'en' : 'mixed';
}

/** The language of most chunks of a document; chunks without letters have no vote, a tie is `mixed`. */
export function majorityLanguage(languages: readonly TextLanguage[]): TextLanguage {
  const votes = languages.filter((language) => language !== 'und');
  const count = (language: TextLanguage): number => votes.filter((vote) => vote === language).length;
  const ranked = (['ko', 'en', 'mixed'] as const)
    .map((language) => ({ language, votes: count(language) }))
    .sort((a, b) => b.votes - a.votes);
  const [first, second] = ranked;
  if (first === undefined || first.votes === 0) return 'und';
  return first.votes === second?.votes ? 'mixed' : first.language;
}
