import { ChunkText } from '@aegis/domain/shared/chunk-text';
import { sameTextKey, textKey } from '@aegis/domain/answering/repeated-text';
import { rankingScore } from '@aegis/domain/retrieval/ranking-model';
import { rankingModelIn } from '@aegis/infrastructure/providers/reranker/ranking-model-file';
import { reordered } from '@aegis/domain/retrieval/rerank';
import { select, type Selectable, type SelectionOptions } from '@aegis/domain/answering/selection';
import { join, resolve } from 'node:path';
import { CachedEmbedder } from './retrieval-quality/cached-embedder';
import { keptExamples } from './retrieval-quality/kept-examples';
import { mean, ndcgAt10 } from './retrieval-quality/metrics';
import { comparedIds, fusedOf } from './retrieval-quality/ranking-examples';
import { type RankingCase, rankingCases, rankingSettings } from './retrieval-quality/ranking-settings';
import type { RankingExample } from './retrieval-quality/ranking-quality';
import { TokenCache } from './retrieval-quality/token-cache';

const MODEL = resolve(join('models', 'multilingual-e5-small-ko-en'));
const WEIGHTS = rankingModelIn(join('models', 'ranking', 'weights.json')).withTokens;

/** The product's order of one question; a passage's document is its file, as if it were a chunk of it. */
function rankedOf(one: RankingCase, { features }: RankingExample): Selectable[] {
  const fused = fusedOf(one).map((chunk) => ({
    ...chunk,
    chunkId: chunk.id,
    documentId: one.passages.get(chunk.id)?.document ?? chunk.id,
    text: new ChunkText(chunk.text.content, chunk.text.context, one.passages.get(chunk.id)?.document ?? chunk.id),
  }));
  const places = new Map(comparedIds(one).map((id, at) => [id, at]));
  const scores = new Map(
    fused.flatMap((chunk) => {
      const figures = features[places.get(chunk.id) ?? -1];
      return figures === undefined ? [] : [[chunk, rankingScore(WEIGHTS, figures)] as const];
    }),
  );
  return reordered(fused, scores);
}

/** A copy counts as what it is a copy of: who reads one of them has read both. */
function judged(one: RankingCase, chunks: readonly Selectable[]): { ids: readonly string[]; answered: boolean } {
  const keys = new Set([...one.relevant].map((id) => sameTextKey(one.passages.get(id)?.text.split('\n').slice(-1)[0] ?? id)));
  const ids = chunks.map(({ chunkId }) => chunkId);
  return { ids, answered: chunks.some(({ chunkId, text }) => one.relevant.has(chunkId) || keys.has(text.read(textKey))) };
}

const three = (value: number): string => value.toFixed(4);

/**
 * What the selection makes of the product's order on the judged sets: nDCG@10 of ten results, and how often the five sources of an answer
 * hold one that answers. Argument: the evaluation folder, default ../shared/eval.
 */
async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? '../shared/eval');
  const embedder = await CachedEmbedder.open(MODEL);
  const tokens = await TokenCache.open(MODEL);
  console.log(['set', 'ordered', 'results', 'changed', 'answers', 'with selection', 'changed', 'µs a query'].join('\t'));
  for (const setting of rankingSettings(folder)) {
    const examples = await keptExamples(MODEL, setting, Infinity, { embedder, tokens });
    const cases = (await rankingCases(setting, embedder)).map((one, at) => ({
      one,
      ranked: rankedOf(one, examples[at] ?? { features: [], relevant: [], relevantCount: 0 }),
    }));
    const isOneDocument = setting.name.endsWith('in its document');
    const choose = (ranked: readonly Selectable[], topK: number, purpose: SelectionOptions['purpose']): readonly Selectable[] =>
      select(ranked, { topK, purpose, isOurOrder: true, isOneDocument });
    const changed = (topK: number, purpose: SelectionOptions['purpose']): number =>
      cases.filter(({ ranked }) => choose(ranked, topK, purpose).some((chunk, at) => chunk !== ranked[at])).length;
    const ndcg = (pick: (ranked: readonly Selectable[]) => readonly Selectable[]): number =>
      mean(cases.map(({ one, ranked }) => ndcgAt10(judged(one, pick(ranked)).ids, one.relevant)));
    const held = (pick: (ranked: readonly Selectable[]) => readonly Selectable[]): number =>
      mean(cases.map(({ one, ranked }) => (judged(one, pick(ranked)).answered ? 1 : 0)));
    const started = process.cpuUsage();
    for (const { ranked } of cases) choose(ranked, 5, 'answer');
    const { user, system } = process.cpuUsage(started);
    console.log(
      [
        setting.name,
        three(ndcg((ranked) => ranked.slice(0, 10))),
        three(ndcg((ranked) => choose(ranked, 10, 'results'))),
        changed(10, 'results'),
        three(held((ranked) => ranked.slice(0, 5))),
        three(held((ranked) => choose(ranked, 5, 'answer'))),
        changed(5, 'answer'),
        Math.round((user + system) / cases.length),
      ].join('\t'),
    );
  }
  await Promise.all([embedder.close(), tokens.close()]);
}

void main();
