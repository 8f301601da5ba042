import { type AnswerabilityFigures, answerabilityFigures, type EvidenceGap } from '@aegis/domain/answering/answerability';
import { type ConfidenceFeatures, confidenceFeatures } from '@aegis/domain/answering/confidence-features';
import { type ConfidenceModel, logit, probabilityOf } from '@aegis/domain/answering/confidence-model';
import { readTokenCoding } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { answerabilityCases } from './retrieval-quality/answerability-cases';
import { CachedEmbedder } from './retrieval-quality/cached-embedder';
import { calibrationLines, type FittedCase, reportOf, stagesReport } from './retrieval-quality/confidence-report';
import { groupBy } from './retrieval-quality/group-by';
import { type JudgedSet, readJudgedSet, readSpanSet } from './retrieval-quality/judged-set';
import { fitLogistic } from './retrieval-quality/logistic-regression';
import { type CalibrationLine, reliabilityDiagram } from './retrieval-quality/reliability-diagram';
import { TokenCache } from './retrieval-quality/token-cache';
import { withTokens } from './retrieval-quality/token-evidence';

const MODEL = resolve(join('models', 'multilingual-e5-small-ko-en'));
const WEIGHTS_FILE = 'libs/domain/src/answering/confidence-weights.ts';
const DIAGRAM_FILE = 'docs/reliability.svg';
const QUALITY_PAGE = 'docs/quality.md';

/** About what the sets hold themselves (62 to 69 %), made the same in each of them. */
const ANSWERABLE_SHARE = 0.65;

/** Reported, not fitted: a dozen. All other kinds count, also those that retrieval hardly sees: how sure it may be depends on them. */
const LEFT_OUT = new Set(['human_unanswerable']);

type FeatureName = keyof ConfidenceFeatures;

const TERM_FEATURES: readonly FeatureName[] = ['idfCoverage', 'sentenceCoverage', 'numbersFound', 'logChunks'];
/** `termShortfall` says what `sentenceCoverage` would: beside each other, terms beyond the usual spoke against an answer. */
const SHORTFALL_FEATURES: readonly FeatureName[] = ['legsAgree', 'foreign', 'termShortfall', 'idfCoverage', 'numbersFound', 'logChunks'];
const SCALE_FREE_FEATURES: readonly FeatureName[] = ['standardLead', ...SHORTFALL_FEATURES];
const BUNDLED_FEATURES: readonly FeatureName[] = ['topSimilarity', 'similarityLead', 'foreignSimilarity', ...SHORTFALL_FEATURES];
/** Fewer: what the terms cover was tried beside them, and every one more cost calibration on the set that was held out. */
const TOKEN_FEATURES: readonly FeatureName[] = [
  'topSimilarity',
  'tokensNear',
  'tokensLead',
  'mostSimilarFirst',
  'foreignSimilarity',
  'termShortfall',
  'logChunks',
];
const GAPS: readonly EvidenceGap[] = ['year', 'number', 'name', 'answer'];

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

/** Both stages. */
interface Stages {
  readonly first: ConfidenceModel;
  readonly gaps: Readonly<Record<EvidenceGap, number>>;
}

/**
 * Fitted together, so that the first stage does not learn to doubt what the second sees. The second may only doubt: a gap whose weight comes
 * out above 0 is left out.
 */
function fitStages(cases: readonly FittedCase[], names: readonly FeatureName[], gaps: readonly EvidenceGap[] = GAPS): Stages {
  const observations = cases
    .filter(({ weight }) => weight > 0)
    .map(({ features, gaps: figures, truth, weight }) => ({ features: { ...features, ...figures }, truth, weight }));
  const { intercept, weights } = fitLogistic(observations, [...names, ...gaps]);
  const doubting = gaps.filter((gap) => weights[gap] < 0);
  if (doubting.length < gaps.length) return fitStages(cases, names, doubting);
  const first = { intercept, weights: Object.fromEntries(names.map((name) => [name, weights[name]])) };
  const zero = { year: 0, number: 0, name: 0, answer: 0 };
  return { first, gaps: { ...zero, ...Object.fromEntries(gaps.map((gap) => [gap, weights[gap]])) } };
}

const shiftOf = (weights: Stages['gaps'], figures: AnswerabilityFigures): number =>
  GAPS.reduce((sum, gap) => sum + weights[gap] * figures[gap], 0);

/** The first stage for a second that is there. */
function fitFirst(cases: readonly FittedCase[], names: readonly FeatureName[], gaps: Stages['gaps']): Stages {
  const observations = cases
    .filter(({ weight }) => weight > 0)
    .map(({ features, gaps: figures, truth, weight }) => ({ features, truth, weight, offset: shiftOf(gaps, figures) }));
  return { first: fitLogistic(observations, names), gaps };
}

type Estimate = (item: FittedCase) => number;

interface Fit {
  readonly name: string;
  readonly final: Stages;
  /** By family, fitted without it. */
  readonly without: ReadonlyMap<string, Stages>;
  readonly estimates: Readonly<Record<'heldOutFirst' | 'heldOut' | 'finalFirst' | 'final', Estimate>>;
}

/**
 * The fit on all sets, and for each set the fit that never saw it (nor the same questions asked of another language). `second`: whose second
 * stage is taken.
 */
function fitBoth(name: string, cases: readonly FittedCase[], names: readonly FeatureName[], second?: Fit): Fit {
  const fit = (fitted: readonly FittedCase[], gaps: Stages['gaps'] | undefined): Stages =>
    gaps === undefined ? fitStages(fitted, names) : fitFirst(fitted, names, gaps);
  const families = new Set(cases.map(({ set }) => familyOf(set)));
  const without = new Map(
    [...families].map((family) => [
      family,
      fit(
        cases.filter(({ set }) => familyOf(set) !== family),
        second?.without.get(family)?.gaps,
      ),
    ]),
  );
  const final = fit(cases, second?.final.gaps);
  const first =
    (stages: (item: FittedCase) => Stages): Estimate =>
    (item) =>
      probabilityOf(logit(stages(item).first, item.features));
  const both =
    (stages: (item: FittedCase) => Stages): Estimate =>
    (item) =>
      probabilityOf(logit(stages(item).first, item.features) + shiftOf(stages(item).gaps, item.gaps));
  const held = ({ set }: FittedCase): Stages => without.get(familyOf(set)) ?? final;
  return {
    name,
    final,
    without,
    estimates: { heldOutFirst: first(held), heldOut: both(held), finalFirst: first(() => final), final: both(() => final) },
  };
}

const rounded = (value: number): number => Number(value.toFixed(4));

const written = ({ intercept, weights }: ConfidenceModel): string => {
  const lines = Object.entries(weights).map(([name, weight]) => `    ${name}: ${rounded(weight)},`);
  return `{\n  intercept: ${rounded(intercept)},\n  weights: {\n${lines.join('\n')}\n  },\n}`;
};

function weightsFile(modelName: string, [tokens, bundled, scaleFree, terms]: readonly Stages[]): string {
  if (!tokens || !bundled || !scaleFree || !terms) throw new Error('four fits are written');
  const gaps = GAPS.map((gap) => `  ${gap}: ${rounded(tokens.gaps[gap])},`);
  return `import type { EvidenceGap } from './answerability';
import type { ConfidenceModel } from './confidence-model';

// Written by scripts/fit-confidence.ts; docs/confidence.md says on what they were fitted. Not to be edited by hand.

/** Names under which the bundled embedding model is known: its own and its folder's. */
export const BUNDLED_MODEL_NAMES: readonly string[] = ['${modelName}', 'multilingual-e5-small-ko-en'];

export const BUNDLED_MODEL: ConfidenceModel = ${written(tokens.first)};

/** Where tokens were not compared. */
export const BUNDLED_MODEL_WITHOUT_TOKENS: ConfidenceModel = ${written(bundled.first)};

/** For any other embedding model. */
export const SCALE_FREE_MODEL: ConfidenceModel = ${written(scaleFree.first)};

/** For queries without a vector. */
export const TERMS_MODEL: ConfidenceModel = ${written(terms.first)};

/** What a gap takes from the log odds where all of it is missing. */
export const ANSWERABILITY_WEIGHTS: Readonly<Record<EvidenceGap, number>> = {
${gaps.join('\n')}
};
`;
}

/** The diagram, and its figures between the marks of the page. */
function writeDiagram(heldOut: readonly CalibrationLine[], final: readonly CalibrationLine[]): void {
  writeFileSync(DIAGRAM_FILE, reliabilityDiagram({ heldOut, final }));
  const rows = heldOut.map(({ promised, true: share, weight }, at) => {
    const other = final[at];
    const cells = [promised, share, weight, other?.promised ?? 0, other?.true ?? 0].map((value) => value.toFixed(2));
    return `| ${cells.join(' | ')} |`;
  });
  const header = '| promised, held out | true | share of the mixture | promised, final | true |';
  const table = [header, '| --- | --- | --- | --- | --- |', ...rows].join('\n');
  const page = readFileSync(QUALITY_PAGE, 'utf8');
  const [before, after] = [page.split('<!-- reliability from here -->')[0], page.split('<!-- reliability to here -->')[1]];
  if (before === undefined || after === undefined) throw new Error(`${QUALITY_PAGE} has no place for the reliability diagram`);
  writeFileSync(QUALITY_PAGE, `${before}<!-- reliability from here -->\n\n${table}\n\n<!-- reliability to here -->${after}`);
}

async function readCases(folder: string): Promise<{ cases: Omit<FittedCase, 'weight'>[]; modelName: string }> {
  const embedder = await CachedEmbedder.open(MODEL);
  const tokens = await TokenCache.open(MODEL);
  const coding = readTokenCoding(join(MODEL, 'token-projection.bin'));
  if (coding === undefined) throw new Error('the model has no token projection');
  const cases: Omit<FittedCase, 'weight'>[] = [];
  for (const set of readSets(folder)) {
    for (const { evidence, ...about } of await withTokens(await answerabilityCases(set, embedder), tokens, coding)) {
      const gaps = answerabilityFigures(
        evidence.query,
        evidence.chunks.map(({ text }) => text),
      );
      cases.push({ ...about, truth: about.kind === 'answerable', features: confidenceFeatures(evidence), gaps });
    }
  }
  await Promise.all([embedder.close(), tokens.close()]);
  return { cases, modelName: embedder.modelName };
}

/**
 * Fits the confidence on the judged sets and prints how good it is. Arguments: the evaluation folder (default ../shared/eval); `--write`
 * replaces the committed weights and the reliability diagram.
 */
async function main(): Promise<void> {
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '../shared/eval';
  const { cases, modelName } = await readCases(resolve(folder));
  const all = weighted(cases);
  // Without vectors nothing joins two languages: such questions would only teach it to doubt its terms.
  const oneLanguage = all.filter(({ set }) => !set.endsWith('other_language'));
  const tokens = fitBoth('bundled model, tokens compared', all, TOKEN_FEATURES);
  const fits = [
    tokens,
    fitBoth('bundled model, tokens not compared', all, BUNDLED_FEATURES, tokens),
    fitBoth('any other model', all, SCALE_FREE_FEATURES, tokens),
    fitBoth('no query vector', oneLanguage, TERM_FEATURES, tokens),
  ];
  for (const { name, final, estimates } of fits) {
    console.log(`\n## ${name}\n`);
    console.log(reportOf(all, estimates.final, estimates.heldOut));
    console.log(`\n${stagesReport(all, estimates)}\n\nGaps: ${JSON.stringify(final.gaps)}`);
  }
  if (!process.argv.includes('--write')) return;
  writeFileSync(
    WEIGHTS_FILE,
    weightsFile(
      modelName,
      fits.map(({ final }) => final),
    ),
  );
  const { heldOut, final } = tokens.estimates;
  writeDiagram(calibrationLines(all, heldOut), calibrationLines(all, final));
}

void main();
