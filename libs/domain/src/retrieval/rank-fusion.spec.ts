import fc from 'fast-check';
import type { SearchCandidate } from '../shared/ranked-chunk';
import { type FusionOptions, fuse } from './rank-fusion';

const hybrid: FusionOptions = { strategy: 'hybrid', fusion: 'score', alpha: 0.5 };

function aCandidate(documentId: string, values: Partial<SearchCandidate> = {}): SearchCandidate {
  return { documentId, ordinal: 0, similarity: 0.8, bm25: 1, vectorRank: 1, bm25Rank: 1, ...values };
}

const order = (candidates: readonly SearchCandidate[], options: FusionOptions): string[] =>
  fuse(candidates, options).map(({ documentId, ordinal }) => `${documentId}${ordinal}`);

describe('fuse', () => {
  const close = aCandidate('close', { similarity: 0.92, bm25: 0, vectorRank: 1, bm25Rank: null });
  const literal = aCandidate('literal', { similarity: 0.8, bm25: 12, vectorRank: null, bm25Rank: 1 });
  const both = aCandidate('both', { similarity: 0.91, bm25: 11, vectorRank: 2, bm25Rank: 2 });

  it('puts what both legs like before what one leg likes best', () => {
    expect(order([close, literal, both], hybrid)[0]).toBe('both0');
    expect(order([close, literal, both], { ...hybrid, fusion: 'rrf' })[0]).toBe('both0');
  });

  it('adds standard scores, weighted by alpha', () => {
    const pair = [aCandidate('a', { similarity: 0.9, bm25: 1 }), aCandidate('b', { similarity: 0.8, bm25: 3 })];
    expect(fuse(pair, { ...hybrid, alpha: 0.75 }).map(({ score }) => score)).toEqual([1, -1]);
    expect(fuse(pair, { ...hybrid, alpha: 0.25 })[0]).toMatchObject({ documentId: 'b', score: 1 });
  });

  it('adds reciprocal ranks with k = 60; a leg that did not find the chunk adds nothing', () => {
    const [first] = fuse([both], { ...hybrid, fusion: 'rrf' });
    expect(first?.score).toBeCloseTo(2 / 62, 8);
    expect(fuse([close], { ...hybrid, fusion: 'rrf', alpha: 0.25 })[0]?.score).toBeCloseTo(0.5 / 61, 8);
  });

  it('gives one leg alone its own list and its own scores', () => {
    expect(order([close, literal, both], { ...hybrid, strategy: 'vector' })).toEqual(['close0', 'both0']);
    expect(fuse([close, literal, both], { ...hybrid, strategy: 'bm25' }).map(({ score }) => score)).toEqual([12, 11]);
  });

  it('breaks ties by document, then by place in the document', () => {
    const tied = [aCandidate('b'), aCandidate('a', { ordinal: 2 }), aCandidate('a', { ordinal: 1 })];
    expect(order(tied, hybrid)).toEqual(['a1', 'a2', 'b0']);
  });

  it('is ordered by the text leg when no query vector could be had', () => {
    const textOnly = [
      aCandidate('a', { similarity: null, bm25: 2, vectorRank: null }),
      aCandidate('b', { similarity: null, bm25: 5, vectorRank: null }),
    ];
    expect(order(textOnly, hybrid)).toEqual(['b0', 'a0']);
  });

  it('knows one candidate and none', () => {
    expect(fuse([both], hybrid)[0]?.score).toBe(0);
    expect(fuse([], hybrid)).toEqual([]);
  });

  it('does not depend on the order of the candidates, and loses none', () => {
    const score = fc.option(fc.double({ min: 0, max: 30, noNaN: true }), { nil: null });
    const rank = fc.option(fc.integer({ min: 1, max: 30 }), { nil: null });
    const candidate = fc.record({
      documentId: fc.constantFrom('a', 'b', 'c'),
      ordinal: fc.nat(50),
      similarity: score,
      bm25: score,
      vectorRank: rank,
      bm25Rank: rank,
    });
    const candidates = fc.uniqueArray(candidate, { selector: ({ documentId, ordinal }) => `${documentId}${ordinal}` });
    fc.assert(
      fc.property(candidates, fc.constantFrom('score' as const, 'rrf' as const), (items, fusion) => {
        const straight = order(items, { ...hybrid, fusion });
        expect(order(items.toReversed(), { ...hybrid, fusion })).toEqual(straight);
        expect(straight).toHaveLength(items.length);
      }),
    );
  });
});
