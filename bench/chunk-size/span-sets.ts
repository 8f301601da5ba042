import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Places in a document's text without its white space: chunking may change white space, nothing else. */
export interface Span {
  readonly document: string;
  readonly start: number;
  readonly end: number;
}

export interface SpanQuestion {
  readonly text: string;
  readonly spans: readonly Span[];
}

export interface SpanSet {
  readonly name: string;
  readonly documents: ReadonlyMap<string, string>;
  readonly questions: readonly SpanQuestion[];
}

export const visible = (text: string): string => text.replaceAll(/\s/g, '');

function jsonLines<Line>(file: string): Line[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}

interface EnglishLine {
  readonly text: string;
  readonly answerable: boolean;
  readonly corpus: string;
  readonly spans?: readonly { readonly start: number; readonly end: number }[];
}

/** Whole files with questions whose answers are marked to the character. */
export function englishSpans(evalFolder: string): SpanSet | null {
  const folder = join(evalFolder, 'retrieval', 'en-chunk-spans-a');
  if (!existsSync(folder)) return null;
  const files = readdirSync(join(folder, 'corpora'));
  const documents = new Map(files.map((file) => [file.replace(/\.md$/, ''), readFileSync(join(folder, 'corpora', file), 'utf8')]));
  const questions = jsonLines<EnglishLine>(join(folder, 'queries.jsonl')).filter(({ answerable }) => answerable);
  return {
    name: 'English files',
    documents,
    questions: questions.map(({ text, corpus, spans = [] }) => ({
      text,
      spans: spans.map(({ start, end }) => seen(documents, corpus, start, end)),
    })),
  };
}

function seen(documents: ReadonlyMap<string, string>, document: string, start: number, end: number): Span {
  const text = documents.get(document) ?? '';
  const from = visible(text.slice(0, start)).length;
  return { document, start: from, end: from + visible(text.slice(start, end)).length };
}

interface PassageLine {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** Korean encyclopedia articles put together from their paragraphs; the marked span is the sentence that holds the answer. */
export function koreanSpans(evalFolder: string, articles: number): SpanSet | null {
  const folder = join(evalFolder, 'retrieval', 'ko-korquad');
  if (!existsSync(folder)) return null;
  const passages = jsonLines<PassageLine>(join(folder, 'corpus.jsonl'));
  const titles = [...new Set(passages.map(({ title }) => title))].slice(0, articles);
  const documents = new Map(
    titles.map((title) => [
      title,
      passages
        .filter((passage) => passage.title === title)
        .map(({ text }) => text.trim())
        .join('\n\n'),
    ]),
  );
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const answers = new Map(
    jsonLines<{ query_id: string; answers: string[] }>(join(folder, 'answers.jsonl')).map((line) => [line.query_id, line.answers]),
  );
  const texts = new Map(jsonLines<{ id: string; text: string }>(join(folder, 'queries.jsonl')).map(({ id, text }) => [id, text]));
  const judged = readFileSync(join(folder, 'qrels.tsv'), 'utf8').trim().split('\n').slice(1);
  const questions = judged.flatMap((row): SpanQuestion[] => {
    const [query = '', id = ''] = row.split('\t');
    const [passage, answer] = [byId.get(id), answers.get(query)?.[0] ?? ''];
    const document = passage === undefined ? undefined : documents.get(passage.title);
    if (passage === undefined || document === undefined || answer === '') return [];
    const base = document.indexOf(passage.text.trim());
    const sentence = sentenceAround(passage.text.trim(), answer);
    if (base < 0 || sentence === null) return [];
    return [{ text: texts.get(query) ?? '', spans: [seen(documents, passage.title, base + sentence.start, base + sentence.end)] }];
  });
  return { name: 'Korean articles', documents, questions };
}

function sentenceAround(text: string, answer: string): { start: number; end: number } | null {
  const at = text.indexOf(answer);
  if (at < 0) return null;
  const before = text.lastIndexOf('. ', at);
  const after = text.indexOf('. ', at + answer.length);
  return { start: before < 0 ? 0 : before + 2, end: after < 0 ? text.length : after + 1 };
}
