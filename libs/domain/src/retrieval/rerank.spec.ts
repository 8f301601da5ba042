import fc from 'fast-check';
import { ChunkText } from '../shared/chunk-text';
import { fuse } from './rank-fusion';
import type { RankingCandidate } from './ranking-features';
import { rankingFeatures } from './ranking-features';
import { rankingScore } from './ranking-model';
import { featureScores, featuresOf, reordered, worthReranking } from './rerank';

type Candidate = RankingCandidate & { readonly id: number };

interface About extends Partial<Omit<Candidate, 'text'>> {
  readonly content?: string;
  readonly context?: string;
}

function aCandidate(id: number, { content = 'Annual leave is fifteen days.', context = '', ...about }: About = {}): Candidate {
  return {
    ...{ id, documentId: `d${id}`, ordinal: 0, similarity: 0.8, bm25: 1, vectorRank: id + 1, bm25Rank: null },
    ...{ text: new ChunkText(content, context), coveredIdf: 1, late: null },
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

  it('hold nothing against a text in the other language that its terms cannot match, and see what matches none the less', () => {
    const contents = ['연차는 십오 일이다.', '병가는 따로 있다.', 'Annual leave is fifteen days.', 'The pump HX-900 is red.'];
    const scores = [9, 0, 0, 5];
    const figures = figuresOf(contents.map((content, id) => aCandidate(id, { content, bm25: scores[id] ?? 0 })));
    expect(figures.map(({ foreign }) => foreign)).toEqual([0, 0, 1, 1]);
    expect(figures[1]?.textMatch).toBeLessThan(0);
    expect(figures[2]?.textMatch).toBe(0);
    expect(figures[3]?.textMatch).toBeGreaterThan(0);
    expect(figures.map(({ text }) => text < 0)).toEqual([false, true, true, false]);
  });

  it('do not blow up small differences among texts that are nearly alike', () => {
    const late = (at: number, apart: number) => ({ weighted: 0.6 + at * apart, plain: 0.5, near: 0.5, reverse: 0.5 });
    const among = (apart: number) =>
      figuresOf([0, 1, 2].map((id) => aCandidate(id, { content: '연차는 십오 일이다.', bm25: 1 + id * apart, late: late(id, apart) })));
    const [alike, different] = [among(0.01), among(1)];
    expect(different[2]).toMatchObject({ late: expect.closeTo(1.22, 2) as number, textMatch: expect.closeTo(1.22, 2) as number });
    expect(alike[2]?.text).toBeCloseTo(different[2]?.text ?? NaN, 6);
    expect(alike[2]?.textMatch).toBeCloseTo(0.01 / (0.17 * 2), 6);
    expect(alike[2]?.late).toBeCloseTo(0.01 / 0.1, 6);
  });

  it('see how much of a text in the other language speaks of the question, and ask nobody else', () => {
    const late = (reverse: number) => ({ weighted: 0.6, plain: 0.5, near: 0.5, reverse });
    const contents = ['Annual leave is fifteen days.', 'The pump is red.', '연차는 십오 일이다.', 'No tokens.'];
    const scores = [late(0.9), late(0.5), late(0.4), null];
    const figures = figuresOf(contents.map((content, id) => aCandidate(id, { content, late: scores[id] ?? null })));
    const deviation = Math.sqrt(0.14 / 3);
    const expected = [0.3 / deviation, -0.1 / deviation, 0, 0].map((value) => expect.closeTo(value, 6) as number);
    expect(figures.map(({ lateReverseOfForeign }) => lateReverseOfForeign)).toEqual(expected);
    const alike = figuresOf([0.61, 0.6, 0.59].map((reverse, id) => aCandidate(id, { late: late(reverse) })));
    expect(alike[0]?.lateReverseOfForeign).toBeCloseTo(0.01 / 0.07, 6);
  });

  it('see terms that stand together, in the title or in the text, those that say more counting more', () => {
    const asked = { query: 'adaptive cruise control', totalIdf: 8, idf: new Map([['adaptiv', 4], ['cruis', 3], ['control', 1]]) }; // prettier-ignore
    const apart = 'Cruise ships need pilots, sailors, cooks and tight control by adaptive people.';
    const contents = ['The adaptive cruise has a control.', apart, 'Control of the brakes.', 'A pump.'];
    const candidates = contents.map((content, id) => aCandidate(id, { content }));
    const near = figuresOf(candidates, asked).map(({ textNear }) => textNear);
    expect(near).toEqual([...near].sort((a, b) => b - a));
    expect(new Set(near).size).toBe(4);
    const titled = figuresOf([...candidates, aCandidate(4, { context: 'Adaptive cruise control', content: 'It brakes.' })], asked);
    expect(titled[4]?.textNear).toBe(titled[0]?.textNear);
    expect(figuresOf(candidates, { ...query, query: asked.query }).map(({ textNear }) => textNear)).toEqual([0, 0, 0, 0]);
  });

  it('find the words of a Korean question together, whatever their particles, and hold nothing against the other language', () => {
    const asked = { query: '연차 휴가 이월', totalIdf: 3, idf: new Map([['연차', 1], ['휴가', 1], ['이월', 1]]) }; // prettier-ignore
    const contents = ['연차는 이월된다.', '연차가 있다. 그리고 병가도 있고 출장도 있다. 이월은 없다.', 'A pump.', '병가'];
    const near = figuresOf(contents.map((content, id) => aCandidate(id, { content })), asked).map(({ textNear }) => textNear); // prettier-ignore
    expect(near[0]).toBeGreaterThan(near[1] ?? NaN);
    expect(near[2]).toBe(0);
    expect(near[3]).toBeLessThan(0);
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
    const weights = { vector: 1, textMatch: 10 };
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
    const half = fused(
      many.map((candidate) => (candidate.id % 2 === 0 ? candidate : { ...candidate, text: new ChunkText('연차는 십오 일이다.', '') })),
    );
    expect(worthReranking('연차는 며칠인가요?', half)).toHaveLength(32);
    expect(worthReranking('연차는 며칠인가요?', half).filter(({ text }) => text.content.startsWith('연차'))).toHaveLength(20);
    const deeper = many.map((candidate) => ({ ...candidate, vectorRank: 31 + candidate.id, bm25Rank: null }));
    expect(worthReranking('annual leave', fused(deeper))).toEqual([]);
  });

  it('drops and adds nothing, and scores only fall', () => {
    const list = fused(many);
    const scores = featureScores({ query: 'annual leave', totalIdf: 2 }, list, { weights: { vector: -1 }, alpha: 0.5 });
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
