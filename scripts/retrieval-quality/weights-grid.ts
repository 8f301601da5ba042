import type { RankingWeights } from '@aegis/domain/retrieval/ranking-model';
import { type Climbed, worthOf } from './coordinate-ascent';

/** All combinations of a few values of each weight: what is chosen among so few can hardly be chance. */
export function gridOf(values: Readonly<Record<string, readonly number[]>>): RankingWeights[] {
  return Object.entries(values).reduce<RankingWeights[]>(
    (all, [name, steps]) => all.flatMap((weights) => steps.map((step) => ({ ...weights, [name]: step }))),
    [{}],
  );
}

/** Of every choice what it is worth on every setting, so that leaving a setting out costs nothing. */
export function bestOf<Setting extends Climbed>(
  settings: readonly Setting[],
  choices: readonly RankingWeights[],
): (counts: (setting: Setting) => boolean) => RankingWeights {
  const worths = settings.map((setting) => ({ setting, worth: choices.map((weights) => worthOf(setting, weights)) }));
  return (counts) => {
    const counted = worths.filter(({ setting }) => counts(setting));
    const sums = choices.map((_, at) => counted.reduce((sum, { worth }) => sum + (worth[at] ?? 0), 0));
    return choices[sums.indexOf(Math.max(...sums))] ?? {};
  };
}
