import { calibrated } from '@aegis/domain/answering/calibration';
import { BUNDLED_MODEL_NAMES } from '@aegis/domain/answering/confidence-weights';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { chunkText } from '@aegis/domain/shared/chunk-text';
import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import type { FoundChunk } from '../retrieval/chunk-reader';
import { NoAnswerabilityCheck, RuleBasedAnswerability } from './answerability-check';
import { ConfidenceJudge, type JudgedQuery } from './confidence-judge';

const model = BUNDLED_MODEL_NAMES[0] ?? '';
const signal = new AbortController().signal;

function chunk(id: string, content: string, values: Partial<FoundChunk> = {}): RankedChunk<FoundChunk> {
  const place = {
    chunkId: id,
    documentId: id,
    filename: `${id}.md`,
    version: 1,
    title: null,
    ordinal: 0,
    page: null,
    section: [],
  } as const;
  const scores = { similarity: 0.8, bm25: 0, coveredIdf: 0, vectorRank: 2, bm25Rank: null, score: 0 };
  return { ...place, kind: 'text', content, text: chunkText({ ...place, content, ...values }), ...scores, ...values };
}

const sales = chunk('a', '2023년 3분기 매출은 42억 원이다.', {
  similarity: 0.9,
  bm25: 9,
  coveredIdf: 6,
  vectorRank: 1,
  bm25Rank: 1,
});
const ranked = [sales, chunk('b', '식대는 매월 지급한다.'), chunk('c', '주차는 무료이다.', { vectorRank: 3 })];

function asked(query: string, values: Partial<JudgedQuery['evidence']> = {}): JudgedQuery {
  const fusedOrder = ['a', 'b', 'c'];
  const evidence = { ranked, fusedOrder, late: new Map(), totalIdf: 6.5, chunksSearched: 12, validAt: null, ...values };
  return { embeddingModel: model, request: { query, filter: NO_FILTER }, askedAt: new Date('2026-03-02'), evidence, calibration: null };
}

const judge = new ConfidenceJudge(new RuleBasedAnswerability());

describe('how sure the evidence makes us', () => {
  it('is less where the question names a year that no evidence has, and it says so', async () => {
    const there = await judge.judge(asked('2023년 3분기 매출은?'), signal);
    const missing = await judge.judge(asked('2044년 3분기 매출은?'), signal);
    expect(there.gaps).toEqual([]);
    expect(missing.gaps).toEqual(['year']);
    expect(there.confidence).toBeGreaterThan(0.7);
    expect(missing.confidence).toBeLessThan(there.confidence - 0.01);
    const unchecked = await new ConfidenceJudge(new NoAnswerabilityCheck()).judge(asked('2044년 3분기 매출은?'), signal);
    expect(unchecked).toMatchObject({ gaps: [] });
    expect(unchecked.confidence).toBeGreaterThan(missing.confidence);
  });

  it('looks for no year that the state, the uploads or the file names themselves speak of', async () => {
    const gapsOf = async (about: Partial<JudgedQuery>) => (await judge.judge({ ...asked('2044년 3분기 매출은?'), ...about }, signal)).gaps;
    expect(await gapsOf({})).toEqual(['year']);
    expect(await gapsOf({ askedAt: new Date('2044-07-01') })).toEqual([]);
    expect(await gapsOf({ evidence: { ...asked('').evidence, validAt: new Date('2044-12-31') } })).toEqual([]);
    const filter = { ...NO_FILTER, createdAfter: new Date('2044-01-01') };
    expect(await gapsOf({ request: { query: '2044년 3분기 매출은?', filter } })).toEqual([]);
    const named = ranked.map((one) => ({ ...one, text: chunkText({ ...one, filename: '2044-실적.pdf' }) }));
    expect(await gapsOf({ evidence: { ...asked('').evidence, ranked: named } })).toEqual([]);
  });

  it('does not change with the order that a second look made', async () => {
    // Only the first five of the fusion count.
    const query = '2023년 3분기 매출은?';
    const others = ['d', 'e', 'f', 'g'].map((id, at) => chunk(id, '회의실은 총무팀이 관리한다.', { vectorRank: 4 + at }));
    const fused = [...ranked, ...others];
    const fusedOrder = fused.map(({ chunkId }) => chunkId);
    const judged = await judge.judge(asked(query, { ranked: fused, fusedOrder }), signal);
    expect(await judge.judge(asked(query, { ranked: [...fused].reverse(), fusedOrder }), signal)).toEqual(judged);
    const last = await judge.judge(asked(query, { ranked: fused, fusedOrder: [...fusedOrder].reverse() }), signal);
    expect(last.confidence).toBeLessThan(judged.confidence);
  });

  it('is what the tenant’s own questions made of it, where they taught the same judge', async () => {
    const query = asked('2023년 3분기 매출은?');
    const shipped = await judge.judge(query, signal);
    const calibration = { judgedBy: shipped.judgedBy, slope: 0.5, intercept: -1, questions: 100 };
    const own = await judge.judge({ ...query, calibration }, signal);
    expect(own.confidence).toBeCloseTo(calibrated(calibration, shipped.confidence), 10);
    expect(own).toMatchObject({ uncalibratedConfidence: shipped.confidence, calibration });
    const older = { ...calibration, judgedBy: `${model}/2020-01-01.1` };
    expect(await judge.judge({ ...query, calibration: older }, signal)).toEqual(shipped);
  });

  it('is 0 without evidence, whatever was learned', async () => {
    const empty = asked('매출은?', { ranked: [], fusedOrder: [], chunksSearched: 0 });
    const { judgedBy } = await judge.judge(empty, signal);
    const calibration = { judgedBy, slope: 1, intercept: 9, questions: 100 };
    expect(await judge.judge({ ...empty, calibration }, signal)).toMatchObject({ confidence: 0, uncalibratedConfidence: 0, gaps: [] });
  });
});
