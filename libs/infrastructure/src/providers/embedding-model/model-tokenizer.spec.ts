import { slicesOf } from './model-tokenizer';

const lengths = (text: string) => [...slicesOf(text)].map((slice) => slice.length);

describe('slicesOf', () => {
  it('ends a slice before the blank between two words, so that no word is cut', () => {
    const text = '근로자는 휴가를 받는다 and paid leave '.repeat(300);
    const slices = [...slicesOf(text)];
    expect(slices.length).toBeGreaterThan(3);
    expect(slices.join('')).toBe(text);
    for (const slice of slices.slice(1)) expect(slice).toMatch(/^ \p{L}/u);
  });

  it('leaves a short text whole', () => {
    expect([...slicesOf('연차 휴가')]).toEqual(['연차 휴가']);
    expect([...slicesOf('')]).toEqual(['']);
  });

  it('keeps a long run of signs together where a word follows soon, and cuts an endless one', () => {
    expect(lengths(`${'-'.repeat(3_000)}가 나${'a'.repeat(2_500)}`)[0]).toBe(3_001);
    expect(lengths('가'.repeat(20_000))).toEqual([8_000, 8_000, 4_000]);
  });

  it('never cuts a character in two', () => {
    const text = `.${'😀'.repeat(9_000)}`;
    expect([...slicesOf(text)].join('')).toBe(text);
    for (const slice of slicesOf(text)) expect(slice).not.toMatch(/[\uD800-\uDFFF]/u);
  });
});
