import type { CachedEmbedder } from './cached-embedder';
import { CorpusIndex, type IndexedPassage, indexPassage, type LabSearch } from './corpus-index';
import { type JudgedPassage, type JudgedQuestion, type JudgedSet, readJudgedSet, readSpanSet } from './judged-set';

/** A set as it is asked: which corpus, with or without distractors. Settings of one family share questions: they are held out together. */
export interface RankingSetting {
  readonly name: string;
  readonly family: string;
  /** nDCG@10 that the default configuration has to reach; null where the set only trains. */
  readonly floor: number | null;
  readonly set: JudgedSet;
  readonly distractors: boolean;
  readonly asks: (question: JudgedQuestion) => boolean;
}

/** One question with the candidates of both legs. */
export interface RankingCase {
  readonly question: JudgedQuestion;
  /** Of those that could be found in this corpus. */
  readonly relevant: ReadonlySet<string>;
  readonly search: LabSearch;
  readonly passages: ReadonlyMap<string, JudgedPassage>;
}

const everything: (question: JudgedQuestion) => boolean = () => true;
const korean = ({ corpus }: JudgedQuestion): boolean => corpus === 'en';

export function rankingSettings(evalFolder: string): RankingSetting[] {
  const set = (name: string, floor: number, distractors = false): RankingSetting => ({
    name: distractors ? `${name} + distractors` : name,
    family: name,
    floor,
    set: readJudgedSet(evalFolder, name),
    distractors,
    asks: everything,
  });
  const belebele = (within: 'same_language' | 'other_language', floor: number, asks = everything): RankingSetting => ({
    name: `x-belebele-a, ${within === 'same_language' ? 'same language' : 'Korean → English'}`,
    family: 'x-belebele-a',
    floor,
    set: readJudgedSet(evalFolder, 'x-belebele-a', within),
    distractors: false,
    asks,
  });
  return [
    set('ko-korquad', 0.965, true),
    set('ko-welfare-a', 0.895, true),
    set('en-squad2-a', 0.915, true),
    set('en-corp-tenants-a', 0.79),
    set('en-tatqa-a', 0.61),
    { ...set('en-tatqa-a', 0.91), name: 'en-tatqa-a, in its document', set: readJudgedSet(evalFolder, 'en-tatqa-a', 'document') },
    set('en-mtrag-turns-a', 0.7),
    belebele('same_language', 0.955),
    belebele('other_language', 0.8, korean),
    { ...set('x-belebele-a', 0.76), name: 'x-belebele-a, all languages' },
    mixed('x-belebele-a, three of its own language', readJudgedSet(evalFolder, 'x-belebele-a', 'same_language'), 'own'),
    mixed('x-belebele-a, answer in the other only', readJudgedSet(evalFolder, 'x-belebele-a', 'same_language'), 'other'),
    { ...set('en-squad2-a', 0), name: 'en-chunk-spans-a', family: 'en-chunk-spans-a', floor: null, set: readSpanSet(evalFolder) },
  ];
}

/** A tenant each: more would take minutes. */
const MIXED_QUESTIONS = 80;
const FEW = 3;

/**
 * Tenants of both languages where one of them holds the answer: `own` has it and two more texts in the language of the question beside all
 * others of the other language, `other` all texts but the one in the language of the question.
 */
function mixed(name: string, { corpora, questions, ...set }: JudgedSet, answer: 'own' | 'other'): RankingSetting {
  const step = Math.ceil(questions.filter(({ relevant }) => relevant.size > 0).length / MIXED_QUESTIONS);
  const asked = questions.filter(({ relevant }) => relevant.size > 0).filter((_, at) => at % step === 0);
  const tenants = asked.map((question): [string, JudgedPassage[]] => {
    const own = corpora.get(question.corpus) ?? [];
    const others = [...corpora].flatMap(([language, passages]) => (language === question.corpus ? [] : passages));
    const answers = ({ id }: JudgedPassage): boolean => question.relevant.has(id);
    const not = (passage: JudgedPassage): boolean => !answers(passage);
    const few = [...own.filter(answers), ...own.filter(not).slice(0, FEW - 1)];
    return [question.id, answer === 'own' ? [...few, ...others.filter(not)] : [...own.filter(not), ...others]];
  });
  return {
    ...{ name, family: 'x-belebele-a', floor: null, distractors: false, asks: everything },
    set: { ...set, corpora: new Map(tenants), questions: asked.map((question) => ({ ...question, corpus: question.id })) },
  };
}

/** Every question with something to find, asked of its corpus: the union of both legs' best thirty, scored by both. */
export async function rankingCases(setting: RankingSetting, embedder: CachedEmbedder): Promise<RankingCase[]> {
  const { set } = setting;
  const indexes = new Map<string, { index: CorpusIndex; passages: ReadonlyMap<string, JudgedPassage> }>();
  for (const [corpus, own] of set.corpora) {
    const passages = [...own, ...(setting.distractors ? set.distractors : [])];
    const entries = await indexed(passages, embedder);
    indexes.set(corpus, { index: new CorpusIndex(entries), passages: new Map(passages.map((passage) => [passage.id, passage])) });
  }
  const questions = set.questions.filter((question) => question.relevant.size > 0 && setting.asks(question));
  const texts = questions.map(({ text }) => text);
  const vectors = await embedder.embed('query', texts);
  return questions.flatMap((question, at) => {
    const corpus = indexes.get(question.corpus);
    const vector = vectors[at];
    if (corpus === undefined || vector === undefined) return [];
    const relevant = new Set([...question.relevant].filter((id) => corpus.passages.has(id)));
    return [{ question, relevant, search: corpus.index.search(question.text, vector), passages: corpus.passages }];
  });
}

async function indexed(passages: readonly JudgedPassage[], embedder: CachedEmbedder): Promise<IndexedPassage[]> {
  const texts = passages.map(({ text }) => text);
  const vectors = await embedder.embed('passage', texts);
  return passages.map((passage, at) => indexPassage(passage, vectors[at] ?? new Float32Array()));
}
