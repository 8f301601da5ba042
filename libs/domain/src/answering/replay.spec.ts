import { differencesOf, reasonOf, type ReplayCircumstances, type ReplaySource } from './replay';

const source = (chunkId: string, score = 1, similarity: number | null = 0.8): ReplaySource => ({ chunkId, scores: { similarity, score } });
const none = new Set<string>();
const sure: ReplayCircumstances = { deletedDocuments: 0, vectorWasKept: true, wasApproximate: false, rankingIsTheSame: true };

describe('differencesOf', () => {
  it('finds none where chunks, places and scores are the same', () => {
    expect(differencesOf([source('연차', 2), source('b')], [source('연차', 2), source('b')], none)).toEqual([]);
  });

  it('finds what changed places, what went and what came', () => {
    expect(differencesOf([source('a'), source('b'), source('gone')], [source('b'), source('a'), source('new')], new Set(['gone']))).toEqual(
      [
        { chunkId: 'a', originalRank: 1, replayedRank: 2, isDeleted: false },
        { chunkId: 'b', originalRank: 2, replayedRank: 1, isDeleted: false },
        { chunkId: 'gone', originalRank: 3, replayedRank: null, isDeleted: true },
        { chunkId: 'new', originalRank: null, replayedRank: 3, isDeleted: false },
      ],
    );
  });

  it.each([
    ['a score', source('a', 1 + Number.EPSILON)],
    ['a similarity', source('a', 1, 0.8 + Number.EPSILON)],
    ['a similarity that was not there', source('a', 1, null)],
  ])('finds the last bit of %s', (_what, replayed) => {
    expect(differencesOf([source('a')], [replayed], none)).toHaveLength(1);
  });

  it('compares places alone where scores were not kept', () => {
    expect(differencesOf([{ chunkId: 'a', scores: null }], [source('a', 7)], none)).toEqual([]);
  });
});

describe('reasonOf', () => {
  const moved = differencesOf([source('a'), source('b')], [source('b'), source('a')], none);

  it('is none without differences, whatever happened', () => {
    expect(reasonOf([], { deletedDocuments: 3, vectorWasKept: false, wasApproximate: true, rankingIsTheSame: false })).toBeNull();
  });

  it.each([
    ['documents_deleted', { deletedDocuments: 1, vectorWasKept: false }],
    ['vector_not_kept', { vectorWasKept: false, wasApproximate: true }],
    ['approximate_search', { wasApproximate: true, rankingIsTheSame: false }],
    ['ranking_changed', { rankingIsTheSame: false }],
    ['unexplained', {}],
  ])('is %s', (reason, circumstances: Partial<ReplayCircumstances>) => {
    expect(reasonOf(moved, { ...sure, ...circumstances })).toBe(reason);
  });
});
