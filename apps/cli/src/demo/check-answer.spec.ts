import type { AnsweredBody, RefusedBody, SourceBody } from '@aegis/presentation/answering/answer.dto';
import { problemsOf } from './check-answer';
import type { DemoQuestion, DemoTenant } from './demo-material';

const CONTENT = '회사는 사원에게 연차 유급휴가 17일을 준다.';

const rules = (version: number) => ({
  path: `hanbit/v${version}/rules.pdf`,
  filename: 'rules.pdf',
  title: 'Rules',
  doc_type: 'policy',
  department: 'HR',
  valid_from: '2025-01-01',
});

const tenant: DemoTenant = { name: '한빛정밀', slug: 'hanbit', documents: [rules(1), rules(2)], questions: [] };

const question: DemoQuestion = {
  query: '연차는 며칠인가요?',
  expect: 'answer',
  file: 'hanbit/v2/rules.pdf',
  page: 3,
  must_contain: ['17일'],
  must_not_contain: ['15일'],
};

const aSource = (change: Partial<SourceBody> = {}): SourceBody => ({
  chunk_id: 'c',
  document_id: 'd',
  filename: 'rules.pdf',
  version: 2,
  page: 3,
  section: '휴가',
  similarity: 0.9,
  score: 1,
  content: CONTENT,
  duplicate_of: null,
  citation: 1,
  quotes: [{ start: 0, end: CONTENT.length }],
  ...change,
});

const anAnswer = (change: Partial<AnsweredBody> = {}): AnsweredBody => ({
  query_id: 'q',
  answer: '연차 유급휴가 17일을 준다. [1]',
  confidence: 0.9,
  refused: false,
  sources: [aSource()],
  model: 'extractive',
  usage: { prompt_tokens: 0, completion_tokens: 0, embedding_tokens: 9 },
  cost_usd: 0,
  latency_ms: 20,
  degraded: [],
  understanding: null,
  cache: 'miss',
  ...change,
});

const aRefusal = (change: Partial<RefusedBody> = {}): RefusedBody => ({
  query_id: 'q',
  refused: true,
  reason: '관련 문서를 찾을 수 없습니다',
  reason_code: 'insufficient_evidence',
  confidence: 0.2,
  max_similarity: 0.8,
  sources: [],
  cost_usd: 0,
  latency_ms: 20,
  degraded: [],
  understanding: null,
  ...change,
});

describe('problemsOf', () => {
  it('finds nothing in the expected answer', () => {
    expect(problemsOf(anAnswer(), tenant, question)).toEqual([]);
  });

  it.each<[string, Partial<AnsweredBody>, string]>([
    ['a value that is missing', { answer: '모른다', sources: [aSource({ quotes: [] })] }, 'does not show "17일"'],
    ['the value of another version', { answer: '17일, 전에는 15일' }, 'shows "15일"'],
    ['a source of another version', { sources: [aSource({ version: 1 })] }, 'does not cite rules.pdf, version 2'],
    ['a source that is not cited', { sources: [aSource({ citation: null })] }, 'does not cite'],
    ['another page that does not say it', { sources: [aSource({ page: 1, content: '목차', quotes: [] })] }, 'not page 3'],
    ['a document of another tenant', { sources: [aSource(), aSource({ filename: 'secret.pdf' })] }, 'somebody else'],
  ])('finds %s', (_name, change, problem) => {
    expect(problemsOf(anAnswer(change), tenant, question).join('; ')).toContain(problem);
  });

  it('takes another page that says the same', () => {
    expect(problemsOf(anAnswer({ sources: [aSource({ page: 5 })] }), tenant, question)).toEqual([]);
  });

  it('tells a refusal from an answer', () => {
    const absent: DemoQuestion = { query: '?', expect: 'refuse', file: null, must_contain: [], must_not_contain: ['42억'] };
    expect(problemsOf(aRefusal(), tenant, absent)).toEqual([]);
    expect(problemsOf(anAnswer(), tenant, absent)).toEqual(['it was answered, and had to be refused']);
    expect(problemsOf(aRefusal(), tenant, question)[0]).toContain('had to be answered');
    expect(problemsOf(aRefusal({ reason: '42억' }), tenant, absent)).toEqual(['the answer shows "42억"']);
  });
});
