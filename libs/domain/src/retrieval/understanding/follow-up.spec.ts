import fc from 'fast-check';
import { queryTerms } from '../../shared/query-terms';
import { type ConversationTurn, followUp } from './follow-up';

const user = (content: string): ConversationTurn => ({ role: 'user', content });
const assistant = (content: string): ConversationTurn => ({ role: 'assistant', content });
const weightsOf = (question: string, history: readonly ConversationTurn[]): Record<string, number> =>
  Object.fromEntries(followUp(question, history).terms.map(({ term, weight }) => [term, weight]));

describe('followUp', () => {
  it('adds nothing without a conversation', () => {
    expect(followUp('연차는 며칠인가요?', [])).toEqual({ texts: [], terms: [] });
  });

  it('adds the terms of former questions, the older the less', () => {
    expect(weightsOf('반차 신청은?', [user('출장비'), user('경조사'), user('휴직')])).toEqual({
      휴직: 0.4,
      경조: 0.2,
      조사: 0.2,
      출장: 0.1,
      장비: 0.1,
    });
    expect(weightsOf('반차 신청은?', [user('여비'), user('출장비'), user('경조사'), user('휴직')])).not.toHaveProperty('여비');
  });

  it('adds how the last answer begins, and no more of it', () => {
    const answer = assistant('The founder was Hong Gildong. He liked tea.');
    expect(weightsOf('When was he born?', [user('Who was the founder?'), answer])).toEqual({ founder: 0.4, hong: 0.1, gildong: 0.1 });
  });

  it('leaves the terms of the question itself whole', () => {
    expect(weightsOf('휴직 신청은?', [user('휴직 기간은?')])).not.toHaveProperty('휴직');
  });

  it('puts the question that named the topic into the vector where the question only points at it', () => {
    const history = [user('FICO score가 뭐예요?'), assistant('신용 점수입니다.'), user('그건 어떻게 계산해요?')];
    expect(followUp('그럼 어디서 봐요?', history).texts).toEqual([
      { text: 'FICO score가 뭐예요? 그건 어떻게 계산해요?', kind: 'query', weight: 0.5 },
    ]);
    expect(followUp('국민연금 수급 연령은?', history).texts).toEqual([]);
  });

  it('never adds a term twice, one of its own, or one as heavy as its own', () => {
    const turn = fc.record({
      role: fc.constantFrom('user' as const, 'assistant' as const),
      content: fc.string({ unit: 'grapheme', maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.array(turn, { maxLength: 40 }), (question, history) => {
        const { terms, texts } = followUp(question, history);
        const own = queryTerms(question);
        expect(new Set(terms.map(({ term }) => term)).size).toBe(terms.length);
        expect(terms.every(({ term, weight }) => !own.includes(term) && weight > 0 && weight < 1)).toBe(true);
        expect(texts.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
