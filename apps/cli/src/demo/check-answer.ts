import type { AnswerBody, AnsweredBody, SourceBody } from '@aegis/presentation/answering/answer.dto';
import { citedSources } from '../terminal/answer-text';
import { expectedSource, type DemoQuestion, type DemoTenant, type ExpectedSource } from './demo-material';

/** What is wrong with an answer, compared with what questions.json expects; nothing when it is right. */
export function problemsOf(answer: AnswerBody, tenant: DemoTenant, question: DemoQuestion): readonly string[] {
  return [
    ...foreignSources(answer, tenant),
    ...(question.expect === 'refuse' ? refusalProblems(answer, question) : answerProblems(answer, tenant, question)),
  ];
}

/** A document that the tenant never uploaded must not appear anywhere. */
function foreignSources({ sources }: AnswerBody, { documents }: DemoTenant): readonly string[] {
  const own = new Set(documents.map(({ filename }) => filename));
  return sources.filter(({ filename }) => !own.has(filename)).map(({ filename }) => `a source is ${filename}, a document of somebody else`);
}

function refusalProblems(answer: AnswerBody, question: DemoQuestion): readonly string[] {
  if (!answer.refused) return ['it was answered, and had to be refused'];
  return forbidden(answer.reason, question);
}

function answerProblems(answer: AnswerBody, tenant: DemoTenant, question: DemoQuestion): readonly string[] {
  if (answer.refused) return [`it was refused (${answer.reason_code}), and had to be answered`];
  const missing = question.must_contain.filter((text) => !shown(answer).includes(text)).map((text) => `the answer does not show "${text}"`);
  return [...missing, ...forbidden(answer.answer, question), ...citationProblems(answer, expectedSource(tenant, question), question)];
}

const forbidden = (text: string, { must_not_contain }: DemoQuestion): readonly string[] =>
  (must_not_contain ?? []).filter((each) => text.includes(each)).map((each) => `the answer shows "${each}"`);

/** A quoted table row is part of what the reader sees. */
const shown = (answer: AnsweredBody): string => [answer.answer, ...citedSources(answer).flatMap(quotesOf)].join('\n');
const quotesOf = ({ content, quotes }: SourceBody): readonly string[] => quotes.map(({ start, end }) => content.slice(start, end));

/** The file and version must be cited, on the expected page or on another one that says the same. */
function citationProblems(answer: AnsweredBody, expected: ExpectedSource | null, { must_contain }: DemoQuestion): readonly string[] {
  if (expected === null) return [];
  const { filename, version, page } = expected;
  const right = citedSources(answer).filter((source) => source.filename === filename && source.version === version);
  if (right.length === 0) return [`it does not cite ${filename}, version ${version}`];
  const onPage = right.some(
    (source) => page === undefined || source.page === page || must_contain.every((text) => source.content.includes(text)),
  );
  return onPage ? [] : [`it cites ${filename}, but not page ${page ?? ''}`];
}
