import { FEATURE_NAMES } from '@aegis/domain/retrieval/ranking-features';
import { readTokenCoding, TokenCoder } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CachedEmbedder } from './cached-embedder';
import { CodedTexts, comparedTexts, rankingExample } from './ranking-examples';
import type { RankingExample } from './ranking-quality';
import { type RankingSetting, rankingCases } from './ranking-settings';
import type { TokenCache } from './token-cache';

/** With a figure that was added since they have to be computed again. A figure that has changed under its name shows nowhere. */
const holdsAllFigures = ([first]: readonly RankingExample[]): boolean => {
  const figures = first?.features[0];
  return figures !== undefined && FEATURE_NAMES.every((name) => name in figures);
};

/** The first `limit` questions of a setting; kept on disk, for a second run changes the fit and not the figures. */
export async function keptExamples(
  modelFolder: string,
  setting: RankingSetting,
  limit: number,
  { embedder, tokens }: { readonly embedder: CachedEmbedder; readonly tokens: TokenCache },
): Promise<RankingExample[]> {
  const folder = join(tmpdir(), 'aegis-evaluation-vectors', 'ranking');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${setting.name.replaceAll(/[^a-z0-9]+/gi, '-')}.json`);
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RankingExample[]) : [];
  const asked = setting.set.questions.filter((question) => question.relevant.size > 0 && setting.asks(question)).slice(0, limit);
  if (kept.length >= asked.length && holdsAllFigures(kept)) return kept.slice(0, asked.length);
  const coding = readTokenCoding(join(modelFolder, 'token-projection.bin'));
  if (coding === undefined) throw new Error('run fit-token-projection first');
  const cases = await rankingCases({ ...setting, set: { ...setting.set, questions: asked } }, embedder);
  await tokens.fill(
    'query',
    asked.map(({ text }) => text),
  );
  await tokens.fill('passage', cases.flatMap(comparedTexts));
  const coder = await TokenCoder.open(coding, { query: 0, passage: 0 });
  const coded = new CodedTexts(tokens, coder);
  const examples: RankingExample[] = [];
  for (const one of cases) examples.push(await rankingExample(one, coded));
  await coder.release();
  writeFileSync(file, JSON.stringify(examples));
  return examples;
}
