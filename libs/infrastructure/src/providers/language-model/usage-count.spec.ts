import { UsageCount } from './usage-count';

const messages = [{ role: 'user' as const, content: '2023년 3분기 매출은 얼마입니까?' }];
const text = (content: string) => ({ type: 'text' as const, content });

describe('UsageCount', () => {
  it('takes the count of the provider', () => {
    const count = new UsageCount(messages, 10);
    count.admits(text('42억원'));
    count.reported({ promptTokens: 21, completionTokens: 4 });
    expect(count.total()).toEqual({ promptTokens: 21, completionTokens: 4 });
  });

  it.each([undefined, null, '21', Number.NaN, -1, 0, 1.5, 1e12, 2 ** 60])('counts itself instead of %p', (claimed) => {
    const count = new UsageCount(messages, 10);
    count.admits(text('42억원'));
    count.reported({ promptTokens: claimed, completionTokens: claimed });
    const { promptTokens, completionTokens } = count.total();
    expect(promptTokens).toBeGreaterThanOrEqual(17);
    expect(promptTokens).toBeLessThan(60);
    expect(completionTokens).toBeGreaterThanOrEqual(4);
    expect(completionTokens).toBeLessThanOrEqual(10);
  });

  it('takes the last of several counts', () => {
    const count = new UsageCount(messages, 10);
    count.reported({ promptTokens: 21, completionTokens: 1 });
    count.reported({ promptTokens: 21, completionTokens: 9 });
    expect(count.total().completionTokens).toBe(9);
  });

  it('admits no more tokens than were asked for, thoughts included', () => {
    const count = new UsageCount(messages, 3);
    const admitted = [text('하나 '), { type: 'thought' as const }, text('둘 '), text('셋 ')].map((part) => count.admits(part));
    expect(admitted).toEqual([true, true, true, false]);
  });

  it('does not take single letters from a proxy for tokens', () => {
    const count = new UsageCount(messages, 8);
    for (const letter of 'aaa') count.admits(text(letter));
    const spaces = Array.from({ length: 12 }, () => count.admits(text(' ')));
    expect(spaces).not.toContain(false);
  });
});
