import fc from 'fast-check';
import { readCitations } from './citation';
import { CitationStream } from './citation-stream';

function streamed(pieces: readonly string[], sourceCount: number): string {
  const stream = new CitationStream(sourceCount);
  return pieces.map((piece) => stream.push(piece)).join('') + stream.end();
}

describe('CitationStream', () => {
  it('takes out a marker that names no source, however it is cut', () => {
    expect(streamed(['매출은 42억원입니다 [', '9', '9] 그리고 [1', '].'], 2)).toBe('매출은 42억원입니다 그리고 [1].');
  });

  it('gives the same text for every way of cutting an answer', () => {
    const answer = '연차는 15일입니다 [1, 2]. Remote work is allowed [7] on Friday 【1】. a[0] = b [x] [3';
    const whole = readCitations(answer.trimEnd(), 3).text;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: answer.length }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), answer.length];
        const pieces = edges.slice(1).map((edge, index) => answer.slice(edges[index] ?? 0, edge));
        expect(streamed(pieces, 3)).toBe(whole);
      }),
    );
  });
});
