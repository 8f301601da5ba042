import { estimateTokens } from './estimate-tokens';

describe('estimateTokens', () => {
  // Counted once with the tokenizers themselves: the higher of o200k_base and cl100k_base.
  it.each([
    ['2023년 3분기 매출은 42억원이다.', 20],
    ['제6조(혁신경영 관련 교육) 진흥원은 소속 임직원을 대상으로 교육을 실시해야 한다.', 53],
    ['Operating profit was 0.5 billion won, up 12 % on the year.', 18],
    ['DSU plan', 3],
    ['| 1 | 2 | - |\n| 3 | 4 | - |\n', 18],
    ['👩‍👩‍👧‍👦 가족', 22],
  ])('is not below the true count: %s', (text, tokens) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens);
    expect(estimateTokens(text)).toBeLessThan(tokens * 2.5);
  });

  it.each([
    ['sk-9fQ2xLz81Kd0', 13],
    ['쀍뛝햏뷁뚫뤍', 18],
  ])('is not far below for what is hardly text: %s', (text, tokens) => {
    expect(estimateTokens(text) * 1.8).toBeGreaterThanOrEqual(tokens);
  });

  it('is nothing for nothing, and fast for one character without end', () => {
    expect(estimateTokens('')).toBe(0);
    const before = process.cpuUsage(); // not the clock: another process may be busy
    for (const character of ['a', '가', ' ', '\n', '😀', 'A']) expect(estimateTokens(character.repeat(200_000))).toBeGreaterThan(10_000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
