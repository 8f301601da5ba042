import {
  AS_IT_STANDS,
  readQuestion,
  type ConversationTurn,
  type UnderstandingSwitches,
} from '@aegis/application/retrieval/question-reader';
import { fuse } from '@aegis/domain/retrieval/rank-fusion';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { join, resolve } from 'node:path';
import { CachedEmbedder } from './retrieval-quality/cached-embedder';
import { indexPassage } from './retrieval-quality/corpus-index';
import { jsonLines, readJudgedSet, type JudgedQuestion, type JudgedSet } from './retrieval-quality/judged-set';
import { mean, ndcgAt10 } from './retrieval-quality/metrics';
import { PlannedIndex } from './retrieval-quality/planned-search';
import { seededRandom, shuffled } from './retrieval-quality/seeded-random';

interface Asked {
  readonly query: string;
  readonly history: readonly ConversationTurn[];
  readonly corpus: string;
  readonly relevant: ReadonlySet<string>;
  readonly group: string;
}

interface ConversationLine {
  readonly id: string;
  readonly history?: readonly { readonly speaker: string; readonly text: string }[];
}

const SETS = ['en-squad2-a', 'ko-welfare-a', 'ko-korquad', 'en-corp-tenants-a', 'en-tatqa-a', 'x-belebele-a'];
const WITH_DISTRACTORS = new Set(['en-squad2-a', 'ko-welfare-a', 'ko-korquad']);
const NOW = new Date('2026-01-15T00:00:00Z');
const RULES: UnderstandingSwitches = { ...AS_IT_STANDS, history: true, dates: true, spelling: true };
const WAYS: readonly (readonly [string, UnderstandingSwitches])[] = [
  ['as it stands', AS_IT_STANDS],
  ['history', { ...AS_IT_STANDS, history: true }],
  ['dates, spelling', { ...AS_IT_STANDS, dates: true, spelling: true }],
  ['all rules', RULES],
];
const user = (content: string): ConversationTurn => ({ role: 'user', content });

async function indexesOf(set: JudgedSet, embedder: CachedEmbedder): Promise<Map<string, PlannedIndex>> {
  const indexes = new Map<string, PlannedIndex>();
  for (const [corpus, own] of set.corpora) {
    const passages = [...own, ...(WITH_DISTRACTORS.has(set.name) ? set.distractors : [])];
    const texts = passages.map(({ text }) => text);
    const vectors = await embedder.embed('passage', texts);
    indexes.set(corpus, new PlannedIndex(passages.map((passage, at) => indexPassage(passage, vectors[at] ?? new Float32Array()))));
  }
  return indexes;
}

/** nDCG@10 of each question, with the plain fusion of scores. */
async function askAll(
  asked: readonly Asked[],
  indexes: ReadonlyMap<string, PlannedIndex>,
  switches: UnderstandingSwitches,
  embedder: CachedEmbedder,
): Promise<number[]> {
  const open = { asOf: { validAt: null, knownAt: null }, filter: NO_FILTER };
  const read = asked.map(({ query, history }) => readQuestion({ query, ...open }, history, switches, NOW));
  const texts = asked.map(({ query }, at) => [{ text: query, weight: 1 }, ...(read[at]?.plan.texts ?? [])]);
  const all = [...new Set(texts.flat().map(({ text }) => text))];
  const vectors = new Map((await embedder.embed('query', all)).map((vector, at) => [all[at] ?? '', vector]));
  return asked.map(({ query, corpus, relevant }, at) => {
    const parts = texts[at] ?? [];
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    const vector = new Float32Array(vectors.get(query)?.length ?? 0);
    for (const { text, weight } of parts)
      vectors.get(text)?.forEach((value, index) => (vector[index] = (vector[index] ?? 0) + (value * weight) / total));
    const found = indexes.get(corpus)?.search(query, read[at]?.plan ?? { terms: [] }, vector);
    const ranked = fuse(found?.candidates ?? [], { strategy: 'hybrid', fusion: 'score', alpha: 0.5 });
    return ndcgAt10(
      ranked.map(({ id }) => id),
      relevant,
    );
  });
}

const answerable = (set: JudgedSet): JudgedQuestion[] => set.questions.filter(({ relevant }) => relevant.size > 0);
const alone = ({ text, corpus, relevant }: JudgedQuestion): Asked => ({ query: text, history: [], corpus, relevant, group: 'all' });

/** Turns of real conversations; the group is one of two halves, by conversation. */
function turns(set: JudgedSet, evalFolder: string): Asked[] {
  const lines = new Map(
    jsonLines<ConversationLine>(join(evalFolder, 'retrieval', set.name, 'queries.jsonl')).map((line) => [line.id, line]),
  );
  const conversations: string[] = [];
  return answerable(set).map((question) => {
    const said = lines.get(question.id)?.history ?? [];
    const history = said.map(({ speaker, text }): ConversationTurn => ({ role: speaker === 'user' ? 'user' : 'assistant', content: text }));
    const name = history[0]?.content ?? question.text;
    if (!conversations.includes(name)) conversations.push(name);
    return { ...alone(question), query: question.text.trim(), history, group: conversations.indexOf(name) % 2 === 0 ? 'even' : 'odd' };
  });
}

/** Every question after two about something else: what a change of topic costs. */
function afterOthers(set: JudgedSet): Asked[] {
  const random = seededRandom(set.name);
  const questions = answerable(set);
  return questions.map((question) => {
    const others = shuffled(questions, random).filter((other) => other !== question);
    return { ...alone(question), history: others.slice(0, 2).map(({ text }) => user(text)) };
  });
}

/** Questions that name the title of their passage, which now only points at it; the title stands in a question before. */
function pointing(set: JudgedSet, evalFolder: string): Asked[] {
  const corpus = jsonLines<{ readonly id: string; readonly title: string }>(join(evalFolder, 'retrieval', set.name, 'corpus.jsonl'));
  const titles = new Map(corpus.map(({ id, title }) => [id, title]));
  const questions = answerable(set);
  return questions.flatMap((question) => {
    const title = titles.get([...question.relevant][0] ?? '') ?? '';
    if (title.length < 2 || !question.text.includes(title)) return [];
    const korean = /\p{Script=Hangul}/u.test(question.text);
    const former = questions.find((other) => other !== question && other.text.includes(title))?.text;
    const introduction = korean ? `${title}에 대해 알려줘` : `Tell me about ${title}.`;
    return [{ ...alone(question), query: question.text.replace(title, korean ? '그것' : 'it'), history: [user(former ?? introduction)] }];
  });
}

/** nDCG@10 with and without each way of understanding. Argument: the evaluation folder, default ../shared/eval. */
async function main(): Promise<void> {
  const evalFolder = resolve(process.argv[2] ?? '../shared/eval');
  const embedder = await CachedEmbedder.open(resolve(join('models', 'multilingual-e5-small-ko-en')));
  console.log(['questions', 'n', ...WAYS.map(([name]) => name)].join('\t'));
  const report = async (name: string, asked: readonly Asked[], indexes: ReadonlyMap<string, PlannedIndex>): Promise<void> => {
    const figures = [];
    for (const [, switches] of WAYS) figures.push(await askAll(asked, indexes, switches, embedder));
    for (const group of new Set(['all', ...asked.map((one) => one.group)])) {
      const inGroup = (_: unknown, at: number): boolean => group === 'all' || asked[at]?.group === group;
      const row = figures.map((values) => mean(values.filter(inGroup)).toFixed(3));
      console.log([group === 'all' ? name : `${name}, ${group}`, String(asked.filter(inGroup).length), ...row].join('\t'));
    }
  };
  const conversations = readJudgedSet(evalFolder, 'en-mtrag-turns-a');
  await report('conversations', turns(conversations, evalFolder), await indexesOf(conversations, embedder));
  for (const name of SETS) {
    const set = readJudgedSet(evalFolder, name);
    const indexes = await indexesOf(set, embedder);
    await report(name, answerable(set).map(alone), indexes);
    if (!WITH_DISTRACTORS.has(name)) continue;
    await report(`${name}, after other topics`, afterOthers(set), indexes);
    await report(`${name}, only pointing`, pointing(set, evalFolder), indexes);
  }
  await embedder.close();
}

void main();
