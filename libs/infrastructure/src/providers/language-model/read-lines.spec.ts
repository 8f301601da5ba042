import fc from 'fast-check';
import { readLines } from './read-lines';

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, start] of at.entries()) {
    await Promise.resolve();
    yield bytes.subarray(start, at[index + 1] ?? bytes.length);
  }
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

const limits = { lineBytes: 40, totalBytes: 100 };

describe('readLines', () => {
  it('gives the same lines however the bytes arrive', async () => {
    const line = fc.string({ unit: fc.constantFrom('가', '힣', 'a', '😀', ' ', '{') });
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.array(fc.nat()), async (lines, end, cuts) => {
        const text = lines.map((each) => each + end).join('');
        expect(await all(readLines(pieces(Buffer.from(text), cuts), 'p'))).toEqual(lines);
      }),
    );
  });

  it('gives a last line without an end', async () => {
    expect(await all(readLines(pieces(Buffer.from('하나\n둘'), [3]), 'p'))).toEqual(['하나', '둘']);
  });

  it.each([
    ['a line that is too long, before it ends', 'x'.repeat(41), 'a line exceeds 40 bytes'],
    ['a line that is too long, ended', `${'x'.repeat(41)}\n`, 'a line exceeds 40 bytes'],
    ['too many bytes', 'xxxxxxxxx\n'.repeat(11), 'the answer exceeds 100 bytes'],
  ])('refuses %s', async (_name, text, message) => {
    await expect(all(readLines(pieces(Buffer.from(text), []), 'p', limits))).rejects.toMatchObject({ reason: 'bad_answer', message });
    await expect(
      all(
        readLines(
          pieces(
            Buffer.from(text),
            Array.from(text, (_, at) => at),
          ),
          'p',
          limits,
        ),
      ),
    ).rejects.toMatchObject({ message });
  });

  it('refuses what is not UTF-8', async () => {
    await expect(all(readLines(pieces(Buffer.from([0xb0, 0xa1, 0x0a]), []), 'p'))).rejects.toMatchObject({ reason: 'bad_answer' });
  });
});
