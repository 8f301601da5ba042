import { ChunkText } from '@aegis/domain/shared/chunk-text';
import { type Evidence } from '@aegis/domain/answering/confidence-features';
import { fuse } from '@aegis/domain/retrieval/rank-fusion';
import type { CachedEmbedder } from './cached-embedder';
import { CorpusIndex, type IndexedPassage, indexPassage } from './corpus-index';
import type { JudgedPassage, JudgedQuestion, JudgedSet } from './judged-set';
import { seededRandom, shuffled } from './seeded-random';

/** One query asked of one corpus, with what was found; `kind` says whether the answer is there, or why not. */
export interface AnswerabilityCase {
  readonly set: string;
  readonly kind: string;
  /** Chunks of the tenant that was asked. */
  readonly size: number;
  /** False for the tenants that were cut down to a small size. */
  readonly whole: boolean;
  readonly evidence: Evidence;
}

/** Small tenants have few documents: these are the sizes, in chunks, that every set is also cut down to. */
export const SMALL_SIZES = [1, 3, 10, 30, 100, 200];

/**
 * Sets where a question asked without its documents has no answer: their documents are about different things, or (corp) at least seldom
 * tell the same twice; those are the hardest of the absent topics, for everything around them speaks of the same company.
 */
const WITHOUT_ITS_DOCUMENTS: Readonly<Record<string, string>> = {
  'en-squad2-a': 'other_documents',
  'ko-korquad': 'other_documents',
  'x-belebele-a': 'other_documents',
  'x-belebele-a, other_language': 'other_documents',
  'en-corp-tenants-a': 'document_removed',
};

/** Hard because the document that seems to answer is there: without it they would only be one more absent topic. */
const NEEDS_ITS_DOCUMENT = new Set(['human_impossible', 'near_miss', 'year_shift']);

interface IndexedSet {
  readonly set: JudgedSet;
  readonly corpora: ReadonlyMap<string, readonly IndexedPassage[]>;
  readonly distractors: readonly IndexedPassage[];
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

async function indexSet(set: JudgedSet, embedder: CachedEmbedder): Promise<IndexedSet> {
  const index = async (passages: readonly JudgedPassage[]): Promise<IndexedPassage[]> => {
    const vectors = await embedder.embed(
      'passage',
      passages.map(({ text }) => text),
    );
    return passages.map((passage, at) => indexPassage(passage, vectors[at] ?? new Float32Array()));
  };
  const corpora = new Map<string, IndexedPassage[]>();
  for (const [name, passages] of set.corpora) corpora.set(name, await index(passages));
  const vectors = await embedder.embed(
    'query',
    set.questions.map(({ text }) => text),
  );
  return {
    set,
    corpora,
    distractors: await index(set.distractors),
    vectors: new Map(set.questions.map(({ id }, at) => [id, vectors[at] ?? new Float32Array()])),
  };
}

function ask(
  indexed: IndexedSet,
  question: JudgedQuestion,
  kind: string,
  passages: readonly IndexedPassage[],
  index = new CorpusIndex(passages),
): AnswerabilityCase {
  const { candidates, totalIdf } = index.search(question.text, indexed.vectors.get(question.id) ?? new Float32Array());
  const text = new Map(passages.map(({ passage }) => [passage.id, passage]));
  const chunks = fuse(candidates, { strategy: 'hybrid', fusion: 'score', alpha: 0.5 }).map((candidate) => {
    const whole = text.get(candidate.id)?.text ?? '';
    const titled = text.get(candidate.id)?.title === true ? whole.indexOf('\n') : -1;
    return { ...candidate, text: new ChunkText(whole.slice(titled + 1), titled < 0 ? '' : whole.slice(0, titled)), late: null };
  });
  return {
    set: indexed.set.name,
    kind,
    size: passages.length,
    whole: true,
    evidence: { query: question.text, chunks, totalIdf, chunksSearched: passages.length },
  };
}

/** Whole documents in random order until `size` chunks are there; the last one is cut. `first` comes first and stays. */
function smallTenant(
  pool: readonly IndexedPassage[],
  first: readonly IndexedPassage[],
  size: number,
  random: () => number,
): IndexedPassage[] {
  const taken = new Map(first.slice(0, size).map((entry) => [entry.passage.id, entry]));
  const documents = new Map<string, IndexedPassage[]>();
  for (const entry of pool) documents.set(entry.passage.document, [...(documents.get(entry.passage.document) ?? []), entry]);
  const own = documents.get(first[0]?.passage.document ?? '') ?? [];
  const others = shuffled(
    [...documents.values()].filter((document) => document !== own),
    random,
  );
  for (const entry of [...own, ...others.flat()]) {
    if (taken.size >= size) break;
    taken.set(entry.passage.id, entry);
  }
  return [...taken.values()];
}

function smallCases(indexed: IndexedSet, question: JudgedQuestion, size: number, random: () => number): AnswerabilityCase[] {
  const pool = indexed.corpora.get(question.corpus) ?? [];
  const gold = pool.filter(({ passage }) => question.relevant.has(passage.id));
  if (question.kind !== 'answerable') return [ask(indexed, question, question.kind, smallTenant(pool, [], size, random))];
  if (gold.length === 0) return [];
  const kind = WITHOUT_ITS_DOCUMENTS[indexed.set.name];
  const goldDocuments = new Set(gold.map(({ passage }) => passage.document));
  const without = pool.filter(({ passage }) => !goldDocuments.has(passage.document));
  return [
    ask(indexed, question, 'answerable', smallTenant(pool, shuffled(gold, random), size, random)),
    ...(kind === undefined ? [] : [ask(indexed, question, kind, smallTenant(without, [], size, random))]),
  ];
}

/** Every question of a set: of the whole corpus, of the corpus with distractors, and of two small tenants. The same on every run. */
export async function answerabilityCases(set: JudgedSet, embedder: CachedEmbedder): Promise<AnswerabilityCase[]> {
  const indexed = await indexSet(set, embedder);
  const random = seededRandom(set.name);
  const cases: AnswerabilityCase[] = [];
  for (const [name, passages] of indexed.corpora) {
    const crowd = [...passages, ...indexed.distractors];
    const indexes = passages.length === crowd.length ? [passages] : [passages, crowd];
    for (const chunks of indexes) {
      const index = new CorpusIndex(chunks);
      const asked = set.questions.filter(({ corpus, kind, relevant }) => corpus === name && (kind !== 'answerable' || relevant.size > 0));
      cases.push(...asked.map((question) => ask(indexed, question, question.kind, chunks, index)));
    }
  }
  for (const question of set.questions.filter(({ kind }) => !NEEDS_ITS_DOCUMENT.has(kind))) {
    for (const size of shuffled(SMALL_SIZES, random).slice(0, 2)) {
      cases.push(...smallCases(indexed, question, size, random).map((one) => ({ ...one, whole: false })));
    }
  }
  return cases;
}
