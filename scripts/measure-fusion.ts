import { type FusionMethod, fuse, type SearchStrategy } from '@aegis/domain/retrieval/rank-fusion';
import { join, resolve } from 'node:path';
import { CachedEmbedder } from './retrieval-quality/cached-embedder';
import { CorpusIndex, indexPassage, type LabSearch } from './retrieval-quality/corpus-index';
import { type JudgedSet, readJudgedSet } from './retrieval-quality/judged-set';
import { mean, ndcgAt10 } from './retrieval-quality/metrics';

const SETS = ['en-squad2-a', 'ko-welfare-a', 'ko-korquad', 'en-corp-tenants-a', 'en-mtrag-turns-a', 'en-tatqa-a', 'x-belebele-a'];
const WITH_DISTRACTORS = new Set(['en-squad2-a', 'ko-welfare-a', 'ko-korquad']);

const WAYS: readonly (readonly [string, SearchStrategy, FusionMethod])[] = [
  ['vector', 'vector', 'score'],
  ['bm25', 'bm25', 'score'],
  ['rrf', 'hybrid', 'rrf'],
  ['score', 'hybrid', 'score'],
];

async function searches(set: JudgedSet, embedder: CachedEmbedder): Promise<{ search: LabSearch; relevant: ReadonlySet<string> }[]> {
  const distractors = WITH_DISTRACTORS.has(set.name) ? set.distractors : [];
  const indexes = new Map<string, CorpusIndex>();
  for (const [corpus, own] of set.corpora) {
    const passages = [...own, ...distractors];
    const vectors = await embedder.embed(
      'passage',
      passages.map(({ text }) => text),
    );
    indexes.set(corpus, new CorpusIndex(passages.map((passage, index) => indexPassage(passage, vectors[index] ?? new Float32Array()))));
  }
  const questions = set.questions.filter(({ relevant }) => relevant.size > 0);
  const vectors = await embedder.embed(
    'query',
    questions.map(({ text }) => text),
  );
  return questions.flatMap(({ text, corpus, relevant }, index) => {
    const search = indexes.get(corpus)?.search(text, vectors[index] ?? new Float32Array());
    return search === undefined ? [] : [{ search, relevant }];
  });
}

/** nDCG@10 of both legs and both fusions on the judged sets. Argument: the evaluation folder, default ../shared/eval. */
async function main(): Promise<void> {
  const evalFolder = resolve(process.argv[2] ?? '../shared/eval');
  const embedder = await CachedEmbedder.open(resolve(join('models', 'multilingual-e5-small-ko-en')));
  console.log(['set', ...WAYS.map(([name]) => name)].join('\t'));
  for (const name of SETS) {
    const found = await searches(readJudgedSet(evalFolder, name), embedder);
    const figures = WAYS.map(([, strategy, fusion]) =>
      mean(
        found.map(({ search, relevant }) =>
          ndcgAt10(
            fuse(search.candidates, { strategy, fusion, alpha: 0.5 }).map(({ id }) => id),
            relevant,
          ),
        ),
      ),
    );
    console.log([name, ...figures.map((figure) => figure.toFixed(3))].join('\t'));
  }
  await embedder.close();
}

void main();
