import { confidenceFeatures } from '@aegis/domain/answering/confidence-features';
import { type ConfidenceModel, probability } from '@aegis/domain/answering/confidence-model';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { answerabilityCases } from './retrieval-quality/answerability-cases';
import { CachedEmbedder } from './retrieval-quality/cached-embedder';
import { type FittedCase, reportOf } from './retrieval-quality/confidence-report';
import { groupBy } from './retrieval-quality/group-by';
import { type JudgedSet, readJudgedSet, readSpanSet } from './retrieval-quality/judged-set';
import { type FeatureName, fitLogistic } from './retrieval-quality/logistic-regression';

const WEIGHTS_FILE = 'libs/domain/src/answering/confidence-weights.ts';

/** About what the sets hold themselves (62 to 69 %), made the same in each of them. */
const ANSWERABLE_SHARE = 0.65;

/**
 * Reported, not fitted. To everything that retrieval sees, the impossible questions look answered. Whether another document of the same
 * company answers a question whose document was removed nobody has checked; human_unanswerable are a dozen.
 */
const LEFT_OUT = new Set(['human_impossible', 'document_removed', 'human_unanswerable']);

const TERM_FEATURES: readonly FeatureName[] = ['idfCoverage', 'sentenceCoverage', 'numbersFound', 'logChunks'];
const SCALE_FREE_FEATURES: readonly FeatureName[] = ['standardLead', 'legsAgree', 'foreign', 'termShortfall', ...TERM_FEATURES];
const BUNDLED_FEATURES: readonly FeatureName[] = [
  'topSimilarity',
  'similarityLead',
  'legsAgree',
  'foreign',
  'foreignSimilarity',
  'termShortfall',
  ...TERM_FEATURES,
];

function readSets(evalFolder: string): JudgedSet[] {
  return [
    ...['en-squad2-a', 'ko-korquad', 'ko-welfare-a', 'en-corp-tenants-a', 'x-belebele-a', 'en-mtrag-turns-a'].map((name) =>
      readJudgedSet(evalFolder, name),
    ),
    readJudgedSet(evalFolder, 'en-tatqa-a', 'document'),
    readJudgedSet(evalFolder, 'x-belebele-a', 'other_language'),
    readSpanSet(evalFolder),
  ];
}

/** Every set counts the same, and in every set the answerable have the same share. */
function weighted(cases: readonly Omit<FittedCase, 'weight'>[]): FittedCase[] {
  const counted = cases.filter(({ kind }) => !LEFT_OUT.has(kind));
  const keyOf = ({ set, truth }: { set: string; truth: boolean }): string => `${set} ${truth}`;
  const sizes = groupBy(counted, keyOf);
  return cases.map((item) => {
    const share = item.truth ? ANSWERABLE_SHARE : 1 - ANSWERABLE_SHARE;
    return { ...item, weight: LEFT_OUT.has(item.kind) ? 0 : (1_000 * share) / (sizes.get(keyOf(item))?.length ?? 1) };
  });
}

const familyOf = (set: string): string => set.split(',')[0] ?? set;

/** The fit on all sets, and for each set the fit that never saw it (nor the same questions asked of another language). */
function fitBoth(
  cases: readonly FittedCase[],
  names: readonly FeatureName[],
): { final: ConfidenceModel; heldOut: (item: FittedCase) => number } {
  const fitted = cases.filter(({ weight }) => weight > 0);
  const families = new Set(cases.map(({ set }) => familyOf(set)));
  const models = new Map(
    [...families].map((family) => [
      family,
      fitLogistic(
        fitted.filter(({ set }) => familyOf(set) !== family),
        names,
      ),
    ]),
  );
  const final = fitLogistic(fitted, names);
  return { final, heldOut: (item) => probability(models.get(familyOf(item.set)) ?? final, item.features) };
}

const written = ({ intercept, weights }: ConfidenceModel): string => {
  const lines = Object.entries(weights).map(([name, weight]) => `    ${name}: ${Number(weight.toFixed(4))},`);
  return `{\n  intercept: ${Number(intercept.toFixed(4))},\n  weights: {\n${lines.join('\n')}\n  },\n}`;
};

function weightsFile(modelName: string, [bundled, scaleFree, terms]: readonly ConfidenceModel[]): string {
  if (!bundled || !scaleFree || !terms) throw new Error('three models are written');
  return `import type { ConfidenceModel } from './confidence-model';

// Written by scripts/fit-confidence.ts; docs/confidence.md says on what they were fitted. Not to be edited by hand.

/** Names under which the bundled embedding model is known: its own and its folder's. */
export const BUNDLED_MODEL_NAMES: readonly string[] = ['${modelName}', 'multilingual-e5-small-ko-en'];

export const BUNDLED_MODEL: ConfidenceModel = ${written(bundled)};

/** For any other embedding model. */
export const SCALE_FREE_MODEL: ConfidenceModel = ${written(scaleFree)};

/** For queries without a vector. */
export const TERMS_MODEL: ConfidenceModel = ${written(terms)};
`;
}

/**
 * Fits the confidence on the judged sets and prints how good it is. Arguments: the evaluation folder (default ../shared/eval); `--write`
 * replaces the committed weights.
 */
async function main(): Promise<void> {
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '../shared/eval';
  const embedder = await CachedEmbedder.open(resolve(join('models', 'multilingual-e5-small-ko-en')));
  const cases: Omit<FittedCase, 'weight'>[] = [];
  for (const set of readSets(resolve(folder))) {
    for (const { evidence, ...about } of await answerabilityCases(set, embedder)) {
      cases.push({ ...about, truth: about.kind === 'answerable', features: confidenceFeatures(evidence) });
    }
  }
  await embedder.close();
  const all = weighted(cases);
  const fits = [
    { name: 'bundled model', ...fitBoth(all, BUNDLED_FEATURES) },
    { name: 'any other model', ...fitBoth(all, SCALE_FREE_FEATURES) },
    // Without vectors nothing joins two languages: such questions would only teach it to doubt its terms.
    {
      name: 'no query vector',
      ...fitBoth(
        all.filter(({ set }) => !set.endsWith('other_language')),
        TERM_FEATURES,
      ),
    },
  ];
  for (const { name, final, heldOut } of fits) {
    console.log(`\n## ${name}\n`);
    console.log(reportOf(all, (item) => probability(final, item.features), heldOut));
  }
  if (process.argv.includes('--write'))
    writeFileSync(
      WEIGHTS_FILE,
      weightsFile(
        embedder.modelName,
        fits.map(({ final }) => final),
      ),
    );
}

void main();
