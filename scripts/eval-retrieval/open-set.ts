import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, type CorpusLine, type QuestionLine } from '../retrieval-quality/judged-set';

/** A passage as it is uploaded: a file `<id>.txt` with its title and its document as a tag. */
export interface Passage {
  readonly id: string;
  /** Empty where the source has none. */
  readonly title: string;
  readonly text: string;
  readonly lang: string;
  readonly tenant: string | undefined;
  readonly document: string | undefined;
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** `kind`: `answerable`, or why there is no answer (`topic_removed`, `wrong_tenant` …). */
export interface Question {
  readonly id: string;
  readonly text: string;
  readonly lang: string;
  readonly kind: string;
  readonly tenant: string | undefined;
  readonly document: string | undefined;
  readonly history: readonly Turn[];
}

/** Ids of the passages that answer a question, by its id. */
export type Judgements = ReadonlyMap<string, ReadonlySet<string>>;

export function readPassages(file: string): Passage[] {
  return jsonLines<CorpusLine>(file).map(({ id, title, text, lang, tenant, doc }) => ({ id, title, text, lang, tenant, document: doc }));
}

export function readQuestions(file: string): Question[] {
  return jsonLines<QuestionLine>(file).map((line) => ({
    id: line.id,
    text: line.text,
    lang: line.lang,
    kind: line.answerable ? 'answerable' : (line.unans_type ?? 'unanswerable'),
    tenant: line.tenant,
    document: line.doc,
    history: (line.history ?? []).map(({ speaker, text }) => ({ role: speaker === 'user' ? 'user' : 'assistant', content: text })),
  }));
}

export function readJudgements(file: string): Judgements {
  const relevant = new Map<string, Set<string>>();
  if (!existsSync(file)) return relevant;
  for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
    const [query, id, score] = line.split('\t');
    if (query === undefined || id === undefined || Number(score) <= 0) continue;
    relevant.set(query, (relevant.get(query) ?? new Set()).add(id));
  }
  return relevant;
}

/** A folder of the evaluation data. */
export class OpenSet {
  readonly passages: readonly Passage[];
  readonly questions: readonly Question[];

  constructor(
    private readonly evaluationFolder: string,
    readonly name: string,
  ) {
    this.passages = readPassages(this.file('corpus.jsonl'));
    this.questions = readQuestions(this.file('queries.jsonl'));
  }

  /** `qrels.tsv`, or another reading of the same questions. */
  judgements(name = 'qrels.tsv'): Judgements {
    return readJudgements(this.file(name));
  }

  /** Its own, and those shared by all sets of its language. */
  distractors(): Passage[] {
    const shared = join(this.evaluationFolder, 'retrieval', `_${this.name.slice(0, 2)}-distractors`, 'corpus.jsonl');
    return [...readPassages(this.file('distractors.jsonl')), ...readPassages(shared)];
  }

  private file(name: string): string {
    return join(this.evaluationFolder, 'retrieval', this.name, name);
  }
}
