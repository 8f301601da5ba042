import { seededRandom, shuffled } from '../retrieval-quality/seeded-random';
import { OpenSet, type Judgements, type Passage, type Question, type Turn } from './open-set';

/** A tenant of its own. */
export interface Corpus {
  readonly name: string;
  readonly passages: readonly Passage[];
}

/** What is posted to `/search`, beside `top_k` and the strategy. */
export interface SearchRequest {
  readonly query: string;
  readonly filters?: { readonly tags: readonly string[] } | { readonly language: readonly string[] };
  readonly history?: readonly Turn[];
}

export interface AskedQuestion {
  readonly id: string;
  readonly kind: string;
  /** Name of the corpus whose tenant asks. */
  readonly corpus: string;
  readonly relevant: ReadonlySet<string>;
  readonly request: SearchRequest;
}

/** A row of the table: one way to ask one set. */
export interface PlannedRow {
  readonly name: string;
  /** Counts in the mixture that the confidence is calibrated on: not the same questions twice. */
  readonly inMixture: boolean;
  readonly questions: readonly AskedQuestion[];
}

export interface EvaluationPlan {
  readonly corpora: readonly Corpus[];
  readonly rows: readonly PlannedRow[];
}

export const SET_NAMES = [
  'x-belebele-a',
  'ko-welfare-a',
  'en-mtrag-turns-a',
  'en-corp-tenants-a',
  'ko-korquad',
  'en-squad2-a',
  'en-tatqa-a',
];

/** The contract's bound of a body's `history`. */
const MAX_TURNS = 40;

/** Passages of a run with a limit, for each question: enough that a ranking can be wrong. */
const PASSAGES_PER_QUESTION = 5;

/** The sets of these names, whole, or at most `limit` questions of each kind with a part of their passages. */
export function planOf(evaluationFolder: string, names: readonly string[], limit: number | null): EvaluationPlan {
  const plans = names.map((name) => planners[name]?.(limited(new OpenSet(evaluationFolder, name), limit)) ?? { corpora: [], rows: [] });
  return { corpora: plans.flatMap(({ corpora }) => corpora), rows: plans.flatMap(({ rows }) => rows) };
}

/** What a plan needs of a set. */
interface SetParts {
  readonly name: string;
  readonly passages: readonly Passage[];
  readonly questions: readonly Question[];
  readonly distractors: readonly Passage[];
  readonly judgements: (name?: string) => Judgements;
}

function limited(set: OpenSet, limit: number | null): SetParts {
  const whole = { name: set.name, judgements: (name?: string) => set.judgements(name), distractors: set.distractors() };
  if (limit === null) return { ...whole, passages: set.passages, questions: set.questions };
  const random = seededRandom(set.name);
  const left = new Map<string, number>();
  const questions = shuffled(set.questions, random).filter(({ kind }) => {
    const room = left.get(kind) ?? limit;
    left.set(kind, room - 1);
    return room > 0;
  });
  const relevant = new Set(questions.flatMap(({ id }) => [...(set.judgements().get(id) ?? [])]));
  const needed = set.passages.filter(({ id }) => relevant.has(id));
  const others = shuffled(
    set.passages.filter(({ id }) => !relevant.has(id)),
    random,
  );
  const size = limit * PASSAGES_PER_QUESTION;
  return {
    ...whole,
    passages: [...needed, ...others.slice(0, Math.max(0, size - needed.length))],
    questions,
    distractors: shuffled(whole.distractors, random).slice(0, size),
  };
}

const bare = ({ text }: Question): SearchRequest => ({ query: text });

function asked(
  { questions }: SetParts,
  judgements: Judgements,
  corpusOf: string | ((question: Question) => string),
  requestOf: (question: Question) => SearchRequest = bare,
): AskedQuestion[] {
  return questions.map((question) => ({
    id: question.id,
    kind: question.kind,
    corpus: typeof corpusOf === 'string' ? corpusOf : corpusOf(question),
    relevant: judgements.get(question.id) ?? new Set(),
    request: requestOf(question),
  }));
}

/** One corpus alone, and one with distractors among it: two tenants. */
function withDistractors(set: SetParts): EvaluationPlan {
  const crowd = `${set.name} + distractors`;
  return {
    corpora: [
      { name: set.name, passages: set.passages },
      { name: crowd, passages: [...set.passages, ...set.distractors] },
    ],
    rows: [
      { name: set.name, inMixture: false, questions: asked(set, set.judgements(), set.name) },
      { name: crowd, inMixture: true, questions: asked(set, set.judgements(), crowd) },
    ],
  };
}

/** Every company is a tenant; a question about the other company has no answer here. */
function companies(set: SetParts): EvaluationPlan {
  const tenants = [...new Set(set.passages.map(({ tenant }) => tenant ?? ''))];
  const corpusOf = (tenant: string | undefined): string => `${set.name}: ${tenant ?? ''}`;
  return {
    corpora: tenants.map((name) => ({ name: corpusOf(name), passages: set.passages.filter(({ tenant }) => (tenant ?? '') === name) })),
    rows: [{ name: set.name, inMixture: true, questions: asked(set, set.judgements(), ({ tenant }) => corpusOf(tenant)) }],
  };
}

function reports(set: SetParts): EvaluationPlan {
  const inDocument = ({ text, document = '' }: Question): SearchRequest => ({ query: text, filters: { tags: [document] } });
  return {
    corpora: [{ name: set.name, passages: set.passages }],
    rows: [
      { name: set.name, inMixture: false, questions: asked(set, set.judgements(), set.name) },
      { name: `${set.name}, in its document`, inMixture: true, questions: asked(set, set.judgements(), set.name, inDocument) },
    ],
  };
}

function conversations(set: SetParts): EvaluationPlan {
  const inConversation = ({ text, history }: Question): SearchRequest => ({ query: text, history: history.slice(-MAX_TURNS) });
  return {
    corpora: [{ name: set.name, passages: set.passages }],
    rows: [
      { name: `${set.name}, last turn`, inMixture: true, questions: asked(set, set.judgements(), set.name) },
      { name: `${set.name}, with history`, inMixture: false, questions: asked(set, set.judgements(), set.name, inConversation) },
    ],
  };
}

/** Every passage is there in both languages; `filters.language` says which of them may be found. */
function twoLanguages(set: SetParts): EvaluationPlan {
  const inLanguage =
    (languageOf: (asked: string) => string) =>
    ({ text, lang }: Question): SearchRequest => ({ query: text, filters: { language: [languageOf(lang)] } });
  const across = (from: string, to: string): AskedQuestion[] =>
    asked(
      { ...set, questions: set.questions.filter(({ lang }) => lang === from) },
      set.judgements('qrels_cross_language.tsv'),
      set.name,
      inLanguage(() => to),
    );
  const same = asked(
    set,
    set.judgements('qrels_same_language.tsv'),
    set.name,
    inLanguage((lang) => lang),
  );
  return {
    corpora: [{ name: set.name, passages: set.passages }],
    rows: [
      { name: `${set.name}, same language`, inMixture: false, questions: same },
      { name: `${set.name}, Korean → English`, inMixture: true, questions: across('ko', 'en') },
      { name: `${set.name}, English → Korean`, inMixture: true, questions: across('en', 'ko') },
      { name: `${set.name}, all languages`, inMixture: true, questions: asked(set, set.judgements(), set.name) },
    ],
  };
}

const planners: Readonly<Record<string, (set: SetParts) => EvaluationPlan>> = {
  'x-belebele-a': twoLanguages,
  'ko-welfare-a': withDistractors,
  'en-mtrag-turns-a': conversations,
  'en-corp-tenants-a': companies,
  'ko-korquad': withDistractors,
  'en-squad2-a': withDistractors,
  'en-tatqa-a': reports,
};
