import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cutText } from './cut-text';

/** A passage of an evaluation set, as the product would index a chunk: `id` names it in the judgements, `document` is its file. */
export interface JudgedPassage {
  readonly id: string;
  readonly document: string;
  readonly text: string;
  /** True where the first line of `text` is a title that the source does not repeat in its body. */
  readonly title: boolean;
}

/** `kind`: `answerable`, or why there is no answer (`topic_removed`, `wrong_tenant` ...). `relevant`: ids of passages that answer. */
export interface JudgedQuestion {
  readonly id: string;
  readonly text: string;
  readonly kind: string;
  readonly corpus: string;
  readonly relevant: ReadonlySet<string>;
  /** True for a turn inside a conversation, which may say nothing without what came before. */
  readonly followsUp: boolean;
}

/** One folder of the evaluation data. Questions are asked inside one corpus: a tenant, a file, or `all`. */
export interface JudgedSet {
  readonly name: string;
  readonly corpora: ReadonlyMap<string, readonly JudgedPassage[]>;
  readonly questions: readonly JudgedQuestion[];
  /** More passages of the same language that answer nothing. */
  readonly distractors: readonly JudgedPassage[];
}

/** A line of `corpus.jsonl`. */
export interface CorpusLine {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly lang: string;
  readonly tenant?: string;
  readonly doc?: string;
}

/** A line of `queries.jsonl`. */
export interface QuestionLine {
  readonly id: string;
  readonly text: string;
  readonly lang: string;
  readonly answerable: boolean;
  readonly unans_type?: string;
  readonly tenant?: string;
  readonly doc?: string;
  readonly corpus?: string;
  readonly history?: readonly { readonly speaker: string; readonly text: string }[];
  readonly spans?: readonly { readonly start: number; readonly end: number }[];
}

export function jsonLines<Line>(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}

/** Title and text as the product indexes them; a text that already begins with its title is left alone. */
function passage(line: CorpusLine): JudgedPassage {
  const bare = line.title === '' || line.text.startsWith(line.title);
  return {
    id: line.id,
    document: line.doc ?? (line.title === '' ? line.id : line.title),
    text: bare ? line.text : `${line.title}\n${line.text}`,
    title: !bare,
  };
}

function judgements(file: string): Map<string, Set<string>> {
  const relevant = new Map<string, Set<string>>();
  if (!existsSync(file)) return relevant;
  for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
    const [query, id, score] = line.split('\t');
    if (query === undefined || id === undefined || Number(score) <= 0) continue;
    relevant.set(query, (relevant.get(query) ?? new Set()).add(id));
  }
  return relevant;
}

const kindOf = (line: QuestionLine): string => (line.answerable ? 'answerable' : (line.unans_type ?? 'unanswerable'));

/** What one question is asked of: a tenant's passages, one document's, or those of one language. */
export type Within = 'tenant' | 'document' | 'same_language' | 'other_language';

/** Sets with passages and a qrels.tsv. Belebele's corpora: Korean and English together, as a tenant of both languages has it. */
export function readJudgedSet(evalFolder: string, name: string, within: Within = 'tenant'): JudgedSet {
  const folder = join(evalFolder, 'retrieval', name);
  const corpora = new Map<string, JudgedPassage[]>();
  for (const line of jsonLines<CorpusLine>(join(folder, 'corpus.jsonl'))) {
    const key = { tenant: line.tenant, document: line.doc, same_language: line.lang, other_language: line.lang }[within] ?? 'all';
    const group = corpora.get(key) ?? [];
    group.push(passage(line));
    corpora.set(key, group);
  }
  const relevant = judgements(join(folder, 'qrels.tsv'));
  const questions = jsonLines<QuestionLine>(join(folder, 'queries.jsonl')).map((line) => ({
    id: line.id,
    text: line.text,
    kind: kindOf(line),
    corpus:
      { tenant: line.tenant, document: line.doc, same_language: line.lang, other_language: line.lang === 'ko' ? 'en' : 'ko' }[within] ??
      'all',
    relevant: relevant.get(line.id) ?? new Set<string>(),
    followsUp: (line.history ?? []).length > 0,
  }));
  const own = jsonLines<CorpusLine>(join(folder, 'distractors.jsonl'));
  const shared = jsonLines<CorpusLine>(join(evalFolder, 'retrieval', `_${name.slice(0, 2)}-distractors`, 'corpus.jsonl'));
  return {
    name: within.endsWith('_language') ? `${name}, ${within}` : name,
    corpora,
    questions,
    distractors: [...own, ...shared].map(passage),
  };
}

/** `en-chunk-spans-a`: whole files, cut here; a passage is relevant when it holds the larger part of a gold span. */
export function readSpanSet(evalFolder: string): JudgedSet {
  const folder = join(evalFolder, 'retrieval', 'en-chunk-spans-a');
  const corpora = new Map<string, JudgedPassage[]>();
  const pieces = new Map<string, readonly { id: string; start: number; end: number }[]>();
  for (const file of readdirSync(join(folder, 'corpora'))) {
    const text = readFileSync(join(folder, 'corpora', file), 'utf8');
    const document = file.replace(/\.[a-z]+$/, '');
    const cuts = cutText(text, 1_200).map((cut, index) => ({ ...cut, id: `${document}-${index}` }));
    pieces.set(document, cuts);
    corpora.set(
      document,
      cuts.map((cut) => ({ id: cut.id, document: cut.id, text: text.slice(cut.start, cut.end), title: false })),
    );
  }
  const questions = jsonLines<QuestionLine>(join(folder, 'queries.jsonl')).map((line) => {
    const corpus = line.corpus ?? '';
    const overlaps = (cut: { start: number; end: number }): boolean =>
      (line.spans ?? []).some((span) => Math.min(cut.end, span.end) - Math.max(cut.start, span.start) > (span.end - span.start) / 2);
    const relevant = line.answerable ? (pieces.get(corpus) ?? []).filter(overlaps).map((cut) => cut.id) : [];
    return { id: line.id, text: line.text, kind: kindOf(line), corpus, relevant: new Set(relevant), followsUp: false };
  });
  return { name: 'en-chunk-spans-a', corpora, questions, distractors: [] };
}
