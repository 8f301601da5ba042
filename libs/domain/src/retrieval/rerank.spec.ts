import fc from 'fast-check';
import { fuse } from './rank-fusion';
import type { RankingCandidate } from './ranking-features';
import { rankingFeatures } from './ranking-features';
import { rankingScore } from './ranking-model';
import { featureScores, featuresOf, reordered, worthReranking } from './rerank';

type Candidate = RankingCandidate & { readonly id: number };

function aCandidate(id: number, about: Partial<Candidate> = {}): Candidate {
  return {
    ...{ id, documentId: `d${id}`, ordinal: 0, similarity: 0.8, bm25: 1, vectorRank: id + 1, bm25Rank: null },
    ...{ content: 'Annual leave is fifteen days.', context: '', coveredIdf: 1, late: null },
    ...about,
  };
}

const fused = (candidates: readonly Candidate[]) => fuse(candidates, { strategy: 'hybrid', fusion: 'score', alpha: 0.5 });
const query = { query: '연차는 며칠인가요?', totalIdf: 2 };
const figuresOf = (candidates: readonly Candidate[], asked = query) => rankingFeatures(asked, candidates);

describe('the features of the ranking', () => {
  it('do not change with the order of the candidates', () => {
    const arbitrary = fc.array(
      fc.record({ similarity: fc.double({ min: 0, max: 1, noNaN: true }), bm25: fc.double({ min: 0, max: 30, noNaN: true }) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(arbitrary, (scores) => {
        const candidates = scores.map((one, id) => aCandidate(id, one));
        const forwards = figuresOf(candidates);
        const backwards = figuresOf([...candidates].reverse()).reverse();
        forwards.forEach((figures, at) => {
          for (const [name, value] of Object.entries(figures)) {
            expect(value).toBeCloseTo(backwards[at]?.[name as keyof typeof figures] ?? NaN, 6);
            expect(Number.isFinite(value)).toBe(true);
          }
        });
      }),
    );
  });

  it('compare a text in the other language with its peers only', () => {
    const korean = Array.from({ length: 8 }, (_, id) => aCandidate(id, { similarity: 0.9 - id / 100, content: '연차는 십오 일이다.' }));
    const english = Array.from({ length: 8 }, (_, id) => aCandidate(8 + id, { similarity: 0.7 - id / 100 }));
    const figures = figuresOf([...korean, ...english]);
    expect(figures.map(({ foreignPeers }) => foreignPeers)).toEqual([...korean.map(() => 0), ...english.map(() => 1)]);
    expect(figures[8]?.vector).toBeLessThan(0);
    expect(figures[8]?.vectorPeers).toBeCloseTo(figures[0]?.vectorPeers ?? NaN, 10);
  });

  it.each([
    ['one text', 1, 20],
    ['seven texts', 7, 20],
    ['most texts', 20, 7],
  ])('compare all with all where %s are in the language of the question: few have no peers to stand out from', (_, own, others) => {
    const korean = Array.from({ length: own }, (_one, id) =>
      aCandidate(id, { similarity: 0.9 - id / 1000, content: '연차는 십오 일이다.' }),
    );
    const english = Array.from({ length: others }, (_one, id) => aCandidate(own + id, { similarity: 0.7 - id / 1000 }));
    const figures = figuresOf([...korean, ...english]);
    expect(figures.map(({ foreignPeers, vector, vectorPeers }) => [foreignPeers, vectorPeers - vector])).toEqual(figures.map(() => [0, 0]));
    const scores = figures.map((each) => rankingScore({ vectorPeers: 1, foreignPeers: 3 }, each));
    expect(scores.indexOf(Math.max(...scores))).toBe(0);
  });

  it('see the numbers of a question as whole numbers, with or without grouping', () => {
    const contents = ['매출은 2,019억이다.', '매출은 12019억이다.', '매출은 늘었다.'];
    const figures = figuresOf(
      contents.map((content, id) => aCandidate(id, { content })),
      { query: '2019 매출은?', totalIdf: 2 },
    );
    expect(figures.map(({ numbers }) => numbers > 0)).toEqual([true, false, false]);
  });

  it('see a table, a title and a length', () => {
    const table = '| 연도 | 매출 |\n| 2019 | 42 |';
    const figures = figuresOf([aCandidate(0, { content: table, context: '연차 규정' }), aCandidate(1)]);
    expect(figures[0]).toMatchObject({ table: 1 });
    expect(figures[0]?.title).toBeGreaterThan(0);
    expect(figures[0]?.length).toBeLessThan(0);
  });

  it('are neutral where there are no token vectors', () => {
    expect(figuresOf([aCandidate(0), aCandidate(1)])[0]).toMatchObject({ late: 0, latePlain: 0, lateOfTable: 0 });
  });
});

describe('the weight of the sides', () => {
  it('takes a side out of the score at either end of alpha', () => {
    const [first] = figuresOf([aCandidate(0, { similarity: 0.9, bm25: 9 }), aCandidate(1, { similarity: 0.1, bm25: 1 })]);
    if (first === undefined) throw new Error('two candidates have features');
    const weights = { vectorPeers: 1, textPeers: 10 };
    expect(rankingScore(weights, first)).toBeCloseTo(11, 10);
    expect(rankingScore(weights, first, 1)).toBeCloseTo(2, 10);
    expect(rankingScore(weights, first, 0)).toBeCloseTo(20, 10);
  });
});

describe('a second look', () => {
  const many = Array.from({ length: 40 }, (_, id) =>
    aCandidate(id, { similarity: 0.9 - id / 100, vectorRank: id < 30 ? id + 1 : null, bm25Rank: id < 30 ? null : id - 29 }),
  );

  it('is taken at twenty candidates of the query’s language, at more of the other, and at none only found by looking deeper', () => {
    const english = fused(many);
    expect(worthReranking('How long is annual leave?', english)).toEqual(english.slice(0, 20));
    expect(worthReranking('연차는 며칠인가요?', english)).toEqual(english.slice(0, 32));
    const half = fused(many.map((candidate) => (candidate.id % 2 === 0 ? candidate : { ...candidate, content: '연차는 십오 일이다.' })));
    expect(worthReranking('연차는 며칠인가요?', half)).toHaveLength(32);
    expect(worthReranking('연차는 며칠인가요?', half).filter(({ content }) => content.startsWith('연차'))).toHaveLength(20);
    const deeper = many.map((candidate) => ({ ...candidate, vectorRank: 31 + candidate.id, bm25Rank: null }));
    expect(worthReranking('annual leave', fused(deeper))).toEqual([]);
  });

  it('drops and adds nothing, and scores only fall', () => {
    const list = fused(many);
    const scores = featureScores({ query: 'annual leave', totalIdf: 2 }, list, { weights: { vectorPeers: -1 }, alpha: 0.5 });
    const ranked = reordered(list, scores);
    expect(ranked.map(({ id }) => id).sort((a, b) => a - b)).toEqual(many.map(({ id }) => id));
    expect(ranked.slice(0, 20).map(({ id }) => id)).toEqual(
      list
        .slice(0, 20)
        .map(({ id }) => id)
        .reverse(),
    );
    expect(ranked.slice(20).map(({ id }) => id)).toEqual(list.slice(20).map(({ id }) => id));
    ranked.forEach(({ score }, at) => expect(score).toBeLessThanOrEqual(ranked[at - 1]?.score ?? Infinity));
  });

  it('keeps the order of the fusion among equals', () => {
    const list = fused(many);
    const scores = new Map([...featuresOf({ query: 'annual leave', totalIdf: 2 }, list).keys()].map((chunk) => [chunk, 1]));
    expect(reordered(list, scores).map(({ id }) => id)).toEqual(list.map(({ id }) => id));
  });
});
