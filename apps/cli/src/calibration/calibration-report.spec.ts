import { type AskedQuestion, outcomeOf } from './calibration-outcome';
import { reportLines } from './calibration-report';

const many = (count: number, confidence: number, isRight: boolean, isAnswerable = isRight): AskedQuestion[] =>
  Array.from({ length: count }, () => ({ confidence, isRight, isAnswerable }));
/** In turn, so that every fifth holds some of each. */
const mixed = (...groups: readonly AskedQuestion[][]): AskedQuestion[] =>
  groups
    .flatMap((group) => group.map((question, at) => ({ question, key: at / group.length })))
    .sort((a, b) => a.key - b.key)
    .map(({ question }) => question);

/** Promises .8 and keeps a half of it. */
const overconfident = mixed(many(60, 0.8, true), many(60, 0.8, false), many(100, 0.99, true), many(30, 0.2, false));

describe('what is made of the questions that were asked', () => {
  it('calibrates where that does better on questions it has not seen', () => {
    const outcome = outcomeOf(overconfident, null);
    expect(outcome).toMatchObject({ verdict: 'better', questions: 250, answerable: 160, found: 160, wanted: null });
    expect(outcome.loss.calibrated).toBeLessThan(outcome.loss.shipped);
    expect(outcome.promises.find(({ threshold }) => threshold === 0.8)?.shown).toBeLessThan(0.75);
  });

  it('leaves the confidence alone where it is right, and where there are too few questions', () => {
    const right = mixed(many(90, 0.9, true), many(10, 0.9, false), many(10, 0.1, true), many(90, 0.1, false));
    expect(outcomeOf(right, null)).toMatchObject({ verdict: 'as_good', curve: { slope: 1, intercept: 0 } });
    expect(outcomeOf(overconfident.slice(0, 29), null).verdict).toBe('too_few');
    expect(outcomeOf([...many(60, 0.4, true), ...many(4, 0.9, false)], null).verdict).toBe('too_few');
  });

  it('finds the threshold that promises what was wanted, in the confidence that clients will see', () => {
    const outcome = outcomeOf(overconfident, 0.05);
    expect(outcome.wanted?.promise).toMatchObject({ threshold: 0.9, answered: 100, wrong: 0 });
    expect(outcome.wanted?.promise?.shown).toBe(outcome.promises.find(({ threshold }) => threshold === 0.9)?.shown);
    expect(outcomeOf(overconfident, 0.01).wanted?.promise).toBeUndefined();
  });

  it('is told in the language that was asked for, with how many questions a promise takes', () => {
    const korean = reportLines(outcomeOf(overconfident, 0.01), 'ko').join('\n');
    expect(korean).toContain('질문 250개 중 답이 있는 질문 160개');
    expect(korean).toContain('오답 1.0 % 이하를 약속할 수 없습니다');
    expect(korean).toContain('492개 이상');
    const english = reportLines(outcomeOf(overconfident, 0.05), 'en').join('\n');
    expect(english).toMatch(/At most 5\.0 % wrong: answer from 0\.\d\d on; 40\.0 % of the questions are answered then\./);
    expect(english).toContain('hold together with 95 % certainty');
    expect(reportLines(outcomeOf([], null), 'en').join('\n')).toContain('Too few questions to calibrate');
  });
});
