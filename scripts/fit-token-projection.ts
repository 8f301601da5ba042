import { axesOf, axisKinds } from '@aegis/domain/retrieval/token-projection';
import { writeTokenCoding } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type JudgedPassage, readJudgedSet } from './retrieval-quality/judged-set';
import { mean as meanOf } from './retrieval-quality/metrics';
import { covarianceOf, principalAxes, variancesAlong } from './retrieval-quality/principal-axes';
import { TokenCache, type TokenVectors } from './retrieval-quality/token-cache';

const MODEL = resolve(join('models', 'multilingual-e5-small-ko-en'));
const FORM = 2;
/** 64 bytes a token: 40 axes of 4 bits, 96 of 2 and 160 of 1, about what each varies. */
const LAYOUT = { fours: 20, twos: 24, ones: 20 };
/** Half the distance of the levels that tell most of a normal distribution, in standard deviations, for 4, 2 and 1 bits. */
const HALF_STEPS = [0.1675, 0.498, 0.798] as const;
/** Pieces that are more frequent say nothing where they stand: the, of, punctuation, particles. Natural logarithms of the vocabulary. */
const SAYS_NOTHING = 7.6;
const OFFSET = 6;
const WEIGHT_STEP = 16;

/** A unigram vocabulary knows how probable each of its pieces is. */
function weightsOf(directory: string): Uint8Array {
  const { model } = JSON.parse(readFileSync(join(directory, 'tokenizer.json'), 'utf8')) as {
    model: { vocab: readonly (readonly [string, number])[] };
  };
  return Uint8Array.from(model.vocab, ([, logarithm]) =>
    -logarithm <= SAYS_NOTHING ? 0 : Math.round((-logarithm - OFFSET) * WEIGHT_STEP),
  );
}

/** Only what will be kept shall decide along which axes. */
function telling({ ids, values }: TokenVectors, weights: Uint8Array, width: number): Float32Array {
  const rows = [...ids.keys()].filter((row) => (weights[ids[row] ?? 0] ?? 0) > 0);
  const kept = new Float32Array(rows.length * width);
  rows.forEach((row, at) => kept.set(values.subarray(row * width, (row + 1) * width), at * width));
  return kept;
}

/** One step for all axes of as many bits. */
function stepsOf(variances: readonly number[]): [number, number, number] {
  const kinds = axisKinds(LAYOUT).flatMap(({ axes }, kind) => Array<number>(axes).fill(kind));
  const step = (of: 0 | 1 | 2): number => Math.sqrt(meanOf(variances.filter((_, axis) => kinds[axis] === of))) * HALF_STEPS[of];
  return [step(0), step(1), step(2)];
}

const every = (passages: readonly JudgedPassage[], step: number): string[] =>
  passages.filter((_, at) => at % step === 0).map(({ text }) => text);

/**
 * Fits `token-projection.bin` of the bundled model on passages that answer no question of any judged set: a fifth of the English distractors
 * (Wikipedia), an eighth of the Korean ones (regulations). Argument: the evaluation folder, default ../shared/eval.
 */
async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? '../shared/eval');
  const cache = await TokenCache.open(MODEL);
  const texts = [
    ...every(readJudgedSet(folder, 'en-squad2-a').distractors, 5),
    ...every(readJudgedSet(folder, 'ko-korquad').distractors, 8),
  ];
  await cache.fill('passage', texts);
  const weights = weightsOf(MODEL);
  const width = cache.dimensions;
  const tokens = texts.map((text) => telling(cache.read('passage', text), weights, width));
  const count = tokens.reduce((sum, values) => sum + values.length / width, 0);
  const mean = new Float32Array(width);
  for (const values of tokens) values.forEach((value, at) => (mean[at % width] = (mean[at % width] ?? 0) + value / count));
  const covariance = covarianceOf(tokens, mean);
  const axes = principalAxes(covariance, width, axesOf(LAYOUT));
  const projection = {
    ...{ form: FORM, layout: LAYOUT, width, mean, axes: Float32Array.from(axes.flatMap((axis) => [...axis])) },
    steps: stepsOf(variancesAlong(covariance, axes)),
  };
  const file = join(MODEL, 'token-projection.bin');
  writeFileSync(file, writeTokenCoding({ projection, weights }));
  await cache.close();
  console.log(`${file}: ${axes.length} axes fitted on ${count} tokens of ${texts.length} passages`);
}

void main();
