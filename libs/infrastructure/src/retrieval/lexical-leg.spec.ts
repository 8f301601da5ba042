import { LexicalLeg, type AskedTerm } from './lexical-leg';

const term = (logOdds: number, entries: readonly (readonly [number, number])[], weight = 1): AskedTerm => ({
  decoded: {
    logOdds,
    chunkIds: Float64Array.from(entries, ([chunkId]) => chunkId),
    saturations: Float64Array.from(entries, ([, saturation]) => saturation),
  },
  weight,
});

describe('LexicalLeg', () => {
  it('adds up the terms of each chunk, the best first', () => {
    const leg = new LexicalLeg([term(2, [[7, 1.5], [9, 1]]), term(1, [[9, 2], [2 ** 40, 0.5]], 0.5)], 2); // prettier-ignore
    expect(leg.totalIdf).toBe(2.5);
    expect(leg.idf).toEqual([2, 0.5]);
    expect(leg.chunkIds).toEqual([7, 9]);
    expect(leg.scoresOf(7)).toEqual({ bm25: 3, coveredIdf: 2 });
    expect(leg.scoresOf(9)).toEqual({ bm25: 3, coveredIdf: 2.5 });
    expect(leg.scoresOf(2 ** 40)).toEqual({ bm25: 0.25, coveredIdf: 0.5 });
    expect(leg.scoresOf(8)).toEqual({ bm25: 0, coveredIdf: 0 });
  });

  it('takes what differs by less than a millionth for a tie, and the lower id first', () => {
    const leg = new LexicalLeg([term(1, [[5, 1.0000001], [4, 1], [3, 1.000001], [6, 1], [2, 0.9]])], 4); // prettier-ignore
    expect(leg.chunkIds).toEqual([3, 4, 5, 6]);
  });

  it('rounds half to even, as the database does', () => {
    const half = 2 ** -35;
    const scores = [0.5, 1.5, 2.5].map((halves) => new LexicalLeg([term(1, [[1, 2 * halves * half]])], 1).scoresOf(1).bm25);
    expect(scores).toEqual([0, 4 * half, 4 * half]);
  });

  it('finds nothing without terms, and nothing for terms that nobody has', () => {
    expect(new LexicalLeg([], 5)).toMatchObject({ totalIdf: 0, chunkIds: [] });
    expect(new LexicalLeg([term(3, [])], 5)).toMatchObject({ totalIdf: 3, chunkIds: [] });
  });

  it('has room for as many chunks as there are entries', () => {
    const random = Array.from({ length: 1_023 }, (_, at) => at * 4_096);
    const leg = new LexicalLeg([term(1, random.map((id) => [id, 1]))], 2_000); // prettier-ignore
    expect(leg.chunkIds).toEqual(random);
  });
});
