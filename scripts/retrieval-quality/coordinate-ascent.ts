import { rankingScore, type RankingWeights } from '@aegis/domain/retrieval/ranking-model';
import { type FeatureName, gain, idealOf, qualityOf, type RankingExample } from './ranking-quality';

const STEPS = [-1, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 1];
const ROUNDS = 6;
/** Less is chance. */
const WORTH_IT = 1e-4;

interface Prepared {
  /** By candidate. */
  readonly figures: readonly Float64Array[];
  readonly relevant: readonly number[];
  readonly ideal: number;
}

function prepare(example: RankingExample, names: readonly FeatureName[]): Prepared {
  return {
    // By way of the score itself, so that whatever it does to a figure is in here.
    figures: example.features.map((features) => Float64Array.from(names, (name) => rankingScore({ [name]: 1 }, features))),
    relevant: example.relevant.flatMap((good, at) => (good ? [at] : [])),
    ideal: idealOf(example),
  };
}

function reached({ figures, relevant, ideal }: Prepared, beta: readonly number[]): number {
  const scores = figures.map((values) => {
    let score = 0;
    for (let at = 0; at < values.length; at += 1) score += (values[at] ?? 0) * (beta[at] ?? 0);
    return score;
  });
  let found = 0;
  for (const good of relevant) {
    const own = scores[good] ?? 0;
    let ahead = 0;
    for (let at = 0; at < scores.length; at += 1) {
      const score = scores[at] ?? 0;
      if (score > own || (score === own && at < good)) ahead += 1;
    }
    found += gain(ahead);
  }
  return found / ideal;
}

/** The questions of one setting. `goal`: what is reached beyond counts a tenth, so that no set pays for what another has in plenty. */
export interface Climbed {
  readonly examples: readonly RankingExample[];
  readonly goal: number;
}

const BEYOND = 0.1;

const worth = (mean: number, goal: number): number => Math.min(mean, goal) + BEYOND * Math.max(0, mean - goal);

/** What one setting is worth in the order of these weights. */
export function worthOf({ examples, goal }: Climbed, weights: RankingWeights): number {
  return worth(examples.reduce((sum, example) => sum + qualityOf(example, weights), 0) / Math.max(1, examples.length), goal);
}

/** One weight after another is moved as long as the mean nDCG@10 rises: what counts itself, from a start that is already good. */
export function climb(settings: readonly Climbed[], start: RankingWeights, names: readonly FeatureName[]): RankingWeights {
  const prepared = settings.map(({ examples, goal }) => ({ cases: examples.map((example) => prepare(example, names)), goal }));
  const quality = (beta: readonly number[]): number =>
    prepared.reduce((sum, { cases, goal }) => {
      const mean = cases.reduce((total, one) => total + reached(one, beta), 0) / Math.max(1, cases.length);
      return sum + worth(mean, goal);
    }, 0) / prepared.length;
  let beta: readonly number[] = names.map((name) => start[name] ?? 0);
  let best = quality(beta);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = best;
    for (const at of names.keys()) {
      for (const step of STEPS) {
        const moved = beta.map((value, index) => (index === at ? value + step * Math.max(0.4, Math.abs(value)) : value));
        const after = quality(moved);
        if (after <= best + WORTH_IT) continue;
        beta = moved;
        best = after;
      }
    }
    if (best <= before) break;
  }
  return Object.fromEntries(names.map((name, at) => [name, beta[at] ?? 0]));
}
