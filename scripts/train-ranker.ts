import { readTokenCoding, TokenCoder } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CachedEmbedder } from './retrieval-quality/cached-embedder';
import { mean } from './retrieval-quality/metrics';
import { climb } from './retrieval-quality/coordinate-ascent';
import { type FeatureName, qualityOf, type RankingExample } from './retrieval-quality/ranking-quality';
import { CodedTexts, comparedTexts, rankingExample } from './retrieval-quality/ranking-examples';
import { type RankingSetting, rankingCases, rankingSettings } from './retrieval-quality/ranking-settings';
import { TokenCache } from './retrieval-quality/token-cache';
import type { RankingWeights } from '@aegis/domain/retrieval/ranking-model';

const MODEL = resolve(join('models', 'multilingual-e5-small-ko-en'));
const WEIGHTS_FILE = 'libs/domain/src/retrieval/ranking-weights.ts';
/** A little more than has to be reached. */
const ABOVE = 0.003;
/** Never reached: every improvement counts. */
const NO_GOAL = 1;

/** Numbers, title and idf covered were tried: they help one set and hurt another, and numbers came out against what holds them. */
const WITHOUT_TOKENS: readonly FeatureName[] = ['vectorPeers', 'textPeers', 'textInTables', 'table', 'length'];
const WITH_TOKENS: readonly FeatureName[] = [...WITHOUT_TOKENS, 'late', 'lateInTables', 'lateOfTable', 'foreignPeers'];
/** Where the climb begins. */
const START: RankingWeights = { vectorPeers: 1, textPeers: 1, table: 1 };
/** Asked of both languages together: a text in the other one must not push aside what answers in the query's own. */
const BOTH_LANGUAGES = 'x-belebele-a, all languages';

interface Trained {
  readonly setting: RankingSetting;
  readonly examples: readonly RankingExample[];
}

/** The first `limit` questions of a setting; kept on disk, for a second run changes the fit and not the figures. */
async function examplesOf(setting: RankingSetting, limit: number, embedder: CachedEmbedder, tokens: TokenCache): Promise<RankingExample[]> {
  const folder = join(tmpdir(), 'aegis-evaluation-vectors', 'ranking');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${setting.name.replaceAll(/[^a-z0-9]+/gi, '-')}.json`);
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RankingExample[]) : [];
  const asked = setting.set.questions.filter((question) => question.relevant.size > 0 && setting.asks(question)).slice(0, limit);
  if (kept.length >= asked.length) return kept.slice(0, asked.length);
  const coding = readTokenCoding(join(MODEL, 'token-projection.bin'));
  if (coding === undefined) throw new Error('run fit-token-projection first');
  const cases = await rankingCases({ ...setting, set: { ...setting.set, questions: asked } }, embedder);
  await tokens.fill(
    'query',
    asked.map(({ text }) => text),
  );
  await tokens.fill('passage', cases.flatMap(comparedTexts));
  const coded = new CodedTexts(tokens, new TokenCoder(coding, { query: 0, passage: 0 }));
  const examples = cases.map((one) => rankingExample(one, coded));
  writeFileSync(file, JSON.stringify(examples));
  return examples;
}

const quality = (weights: RankingWeights, examples: readonly RankingExample[]): number =>
  mean(examples.map((example) => qualityOf(example, weights)));

function ownLanguage({ setting, examples }: Trained): Trained {
  const own = examples.map((example) => ({
    ...example,
    relevant: example.relevant.map((good, at) => good && example.features[at]?.foreign === 0),
    relevantCount: 1,
  }));
  return { setting: { ...setting, name: `${setting.name}, own one judged`, floor: null }, examples: own };
}

/** The fit on all sets, and for each family of settings the fit that never saw it. */
function fitBoth(
  all: readonly Trained[],
  names: readonly FeatureName[],
  start: RankingWeights,
): { final: RankingWeights; heldOut: ReadonlyMap<string, RankingWeights> } {
  const fit = (without: string | null): RankingWeights =>
    climb(
      all
        .filter(({ setting }) => setting.family !== without)
        .map(({ setting: { floor }, examples }) => ({ examples, goal: floor === null ? NO_GOAL : floor + ABOVE })),
      start,
      names,
    );
  return {
    final: fit(null),
    heldOut: new Map([...new Set(all.map(({ setting }) => setting.family))].map((family) => [family, fit(family)])),
  };
}

const three = (value: number): string => value.toFixed(3).replace(/^0/, '');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function report(all: readonly Trained[], ways: readonly (readonly [string, (family: string) => RankingWeights])[]): string {
  const header = ['nDCG@10', 'questions', 'floor', ...ways.map(([name]) => name)];
  const rows = all.map(({ setting, examples }) => [
    setting.name,
    String(examples.length),
    setting.floor === null ? '–' : three(setting.floor),
    ...ways.map(([, weights]) => three(quality(weights(setting.family), examples))),
  ]);
  return [header, header.map(() => '---'), ...rows].map(row).join('\n');
}

const written = (weights: RankingWeights): string =>
  `{\n${Object.entries(weights)
    .map(([name, weight]) => `  ${name}: ${Number(weight.toFixed(4))},`)
    .join('\n')}\n}`;

/**
 * Fits the weights of the ranking on the judged sets and prints how good it is. Arguments: the evaluation folder (default ../shared/eval);
 * `--questions=<n>` takes the first n of each setting (default: all); `--write` replaces the committed weights.
 */
async function main(): Promise<void> {
  const folder = resolve(process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '../shared/eval');
  const limit = Number(process.argv.find((argument) => argument.startsWith('--questions='))?.split('=')[1] ?? Infinity);
  const embedder = await CachedEmbedder.open(MODEL);
  const tokens = await TokenCache.open(MODEL);
  const all: Trained[] = [];
  for (const setting of rankingSettings(folder)) all.push({ setting, examples: await examplesOf(setting, limit, embedder, tokens) });
  await Promise.all([embedder.close(), tokens.close()]);
  all.push(...all.filter(({ setting }) => setting.name === BOTH_LANGUAGES).map(ownLanguage));
  const [withTokens, without] = [fitBoth(all, WITH_TOKENS, { ...START, late: 2 }), fitBoth(all, WITHOUT_TOKENS, START)];
  const heldOut =
    ({ heldOut: fits, final }: typeof without) =>
    (family: string): RankingWeights =>
      fits.get(family) ?? final;
  console.log(
    report(all, [
      ['score fusion', () => ({ vector: 1, text: 1 })],
      ['+ 2 × late', () => ({ vector: 1, text: 1, late: 2 })],
      ['held out', heldOut(withTokens)],
      ['final', () => withTokens.final],
      ['without tokens, held out', heldOut(without)],
      ['without tokens, final', () => without.final],
    ]),
  );
  if (!process.argv.includes('--write')) return;
  writeFileSync(
    WEIGHTS_FILE,
    `import type { RankingWeights } from './ranking-model';

// Written by scripts/train-ranker.ts; docs/ranking.md says on what they were fitted. Not to be edited by hand.

export const RANKING_WEIGHTS: RankingWeights = ${written(withTokens.final)};

/** Where the query or the candidates have no token vectors. */
export const RANKING_WEIGHTS_WITHOUT_TOKENS: RankingWeights = ${written(without.final)};
`,
  );
}

void main();
