import { ChunkText, chunkText } from './chunk-text';

describe('ChunkText', () => {
  it('makes each reading once, and each its own', () => {
    const [length, words] = [jest.fn(({ content }: ChunkText) => content.length), jest.fn(({ content }: ChunkText) => content.split(' '))];
    const text = new ChunkText('연차는 15일이다.', '휴가');
    expect([text.read(length), text.read(words), text.read(length), text.read(words)]).toEqual([
      ...[10, ['연차는', '15일이다.']],
      ...[10, ['연차는', '15일이다.']],
    ]);
    expect([length.mock.calls.length, words.mock.calls.length]).toEqual([1, 1]);
    expect(new ChunkText('병가', '').read(length)).toBe(2);
  });

  it('remembers that nothing was found', () => {
    const nothing = jest.fn((): string | undefined => undefined);
    const text = new ChunkText('', '');
    expect([text.read(nothing), text.read(nothing)]).toEqual([undefined, undefined]);
    expect(nothing).toHaveBeenCalledTimes(1);
  });

  it('of a found chunk has its title before its headings', () => {
    const chunk = { content: '연차는 15일이다.', section: ['휴가', '연차'], filename: '규칙.md' };
    expect(chunkText({ ...chunk, title: '취업규칙' })).toMatchObject({ context: '취업규칙 > 휴가 > 연차', filename: '규칙.md' });
    expect(chunkText({ ...chunk, title: null, section: [] }).context).toBe('');
  });
});
