/** Words that carry no topic. Question words are here too: they never stand in the text that answers. */
export const ENGLISH_STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about all also am an and any are as at be because been being but by can could did do does doing done during each for from further get ' +
    'had has have having he her here hers him his how i if in into is it its just like ll me more most my no nor not of off on once only or ' +
    'other our out over own please re s same she should so some such t tell than that the their them then there these they this those through ' +
    'to too under until up ve very was we were what when where which while who whom whose why will with would you your d m don didn doesn isn'
  ).split(' '),
);

const VOWEL = /[aeiouy]/;

/** `stopped` → `stop`, but `falling` → `fall`: doubled l, s and z usually belong to the word. */
const undouble = (stem: string): string => (/([^aeiouylsz])\1$/.test(stem) ? stem.slice(0, -1) : stem);

function withoutPlural(word: string): string {
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

function withoutVerbEnding(word: string): string {
  for (const ending of ['ing', 'ed']) {
    const stem = word.slice(0, -ending.length);
    if (word.endsWith(ending) && stem.length >= 3 && VOWEL.test(stem)) return undouble(stem);
  }
  return word;
}

/**
 * Takes off plural, -ing, -ed and -ly, then a last -e and turns a last -y into -i, so that forms of a word meet: `policies`, `policy` →
 * `polici`; `charged`, `charges`, `charging` → `charg`. Short words stay as they are. Lower-case letters a-z only.
 */
export function englishStem(word: string): string {
  if (word.length < 4) return word;
  let stem = withoutVerbEnding(withoutPlural(word));
  if (stem.length > 5 && stem.endsWith('ly')) stem = stem.slice(0, -2);
  if (stem.length > 3 && stem.endsWith('e')) stem = stem.slice(0, -1);
  return stem.length > 2 && stem.endsWith('y') ? `${stem.slice(0, -1)}i` : stem;
}
