import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { AS_IT_STANDS, readQuestion, type ConversationTurn, type UnderstandingSwitches } from './question-reader';

const NOW = new Date('2026-01-15T09:00:00Z');
const RULES: UnderstandingSwitches = { ...AS_IT_STANDS, history: true, dates: true, spelling: true };
const OPEN = { asOf: { validAt: null, knownAt: null }, filter: NO_FILTER };
const HISTORY: readonly ConversationTurn[] = [{ role: 'user', content: '육아휴직은 얼마나 쓸 수 있나요?' }];

const read = (query: string, about: Partial<typeof RULES> = {}) => readQuestion({ query, ...OPEN }, HISTORY, { ...RULES, ...about }, NOW);

describe('readQuestion', () => {
  it('says what took effect', () => {
    expect(read('그건 작년에 몇 명이 와이파이로 신청했나요?').steps).toEqual(['history', 'dates', 'spelling']);
    expect(read('작년 와이파이', { history: false, dates: false, spelling: false })).toEqual({
      steps: [],
      inFull: '작년 와이파이',
      plan: { texts: [], terms: [] },
      dates: { validAt: null, uploadedAfter: null, uploadedBefore: null },
    });
  });

  it('asks in full where a question only points at its topic', () => {
    expect(read('그건 언제까지예요?').inFull).toBe('육아휴직은 얼마나 쓸 수 있나요? 그건 언제까지예요?');
    expect(read('출장비는 언제까지 신청해요?').inFull).toBe('출장비는 언제까지 신청해요?');
  });

  it('leaves to the request what it says itself about state and uploads', () => {
    const query = '2023년 12월 31일 기준, 작년에 올린 문서의 규정은?';
    expect(read(query).dates.validAt).not.toBeNull();
    const stated = { query, asOf: { validAt: NOW, knownAt: null }, filter: { ...NO_FILTER, createdBefore: NOW } };
    expect(readQuestion(stated, [], RULES, NOW).dates).toEqual({ validAt: null, uploadedAfter: null, uploadedBefore: null });
    const known = { query, asOf: { validAt: null, knownAt: NOW }, filter: NO_FILTER };
    expect(readQuestion(known, [], RULES, NOW).dates.validAt).toBeNull();
  });

  it('reads no more out of a long conversation than a search can carry', () => {
    const long = Array.from({ length: 40 }, (_, turn) => ({
      role: 'user' as const,
      content: Array.from({ length: 1_500 }, (__, index) => `낱말${turn}x${index}`).join(' '),
    }));
    expect(readQuestion({ query: '그건?', ...OPEN }, long, RULES, NOW).plan.terms.length).toBeLessThanOrEqual(128);
  });
});
