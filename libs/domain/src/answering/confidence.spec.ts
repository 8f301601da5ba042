import fc from 'fast-check';
import { ChunkText } from '../shared/chunk-text';
import { evidenceLogOdds, gapsLogOdds } from './confidence';
import { confidenceFeatures, type Evidence, type EvidenceChunk } from './confidence-features';
import { probability, probabilityOf } from './confidence-model';
import { BUNDLED_MODEL_NAMES } from './confidence-weights';

const bundled = BUNDLED_MODEL_NAMES[0] ?? '';
const confidenceOf = (model: string, evidence: Evidence): number => probabilityOf(evidenceLogOdds(model, evidence));
/** Tokens that were compared: the matching chunk is met well, and in one place. */
const compared = (evidence: Evidence): Evidence => ({
  ...evidence,
  chunks: evidence.chunks.map((chunk) => ({
    ...chunk,
    late: chunk.coveredIdf > 0 ? { near: 0.74 } : { near: 0.42 },
  })),
});

function aChunk(
  content: string,
  { context = '', ...values }: Partial<Omit<EvidenceChunk, 'text'>> & { readonly context?: string } = {},
): EvidenceChunk {
  const place = { documentId: 'a', ordinal: 0, vectorRank: 1, bm25Rank: 1 };
  return { ...place, similarity: 0.88, bm25: 6, coveredIdf: 5, late: null, text: new ChunkText(content, context), ...values };
}

const noise = [1, 2, 3].map((ordinal) => {
  const scores = { similarity: 0.8, bm25: 0, coveredIdf: 0, vectorRank: ordinal + 1, bm25Rank: null };
  return aChunk('식대는 매월 급여와 함께 지급한다.', { ordinal, ...scores });
});

const leave: Evidence = {
  query: '연차 휴가는 며칠인가요?',
  chunks: [aChunk('입사 1년이 지난 직원의 연차 휴가는 15일이다.'), ...noise],
  totalIdf: 5.5,
  chunksSearched: 30,
};

const nursery: Evidence = {
  query: '사내 어린이집의 운영 시간은?',
  chunks: noise.map((chunk, index) => ({ ...chunk, vectorRank: index + 1 })),
  totalIdf: 20,
  chunksSearched: 30,
};

describe('the first stage of the confidence', () => {
  it('is above the default threshold when the documents say it, and far below when they do not', () => {
    expect(confidenceOf(bundled, leave)).toBeGreaterThan(0.7);
    expect(confidenceOf(bundled, nursery)).toBeLessThan(0.3);
  });

  it('looks at tokens where they were compared of all chunks that count, and only there', () => {
    expect(confidenceOf(bundled, compared(leave))).toBeGreaterThan(0.7);
    expect(confidenceOf(bundled, compared(nursery))).toBeLessThan(0.3);
    const far = compared(leave).chunks.map((chunk) => ({ ...chunk, late: { near: 0.42 } }));
    expect(confidenceOf(bundled, { ...leave, chunks: far })).toBeLessThan(confidenceOf(bundled, compared(leave)));
    const partly = compared(leave).chunks.map((chunk, at) => (at === 2 ? { ...chunk, late: null } : chunk));
    expect(confidenceOf(bundled, { ...leave, chunks: partly })).toBe(confidenceOf(bundled, leave));
  });

  it('sees how far the tokens are met better in one chunk, and in how many orders the most similar is first', () => {
    const { chunks } = compared(leave);
    const figures = (some: readonly EvidenceChunk[]) => {
      const { tokensLead, mostSimilarFirst } = confidenceFeatures({ ...leave, chunks: some });
      return [Number(tokensLead.toFixed(3)), mostSimilarFirst];
    };
    expect(figures(chunks)).toEqual([0.24, 1]);
    const elsewhere = chunks.map((chunk, at) => ({ ...chunk, late: { near: at === 2 ? 0.74 : 0.42 } }));
    expect(figures(elsewhere)).toEqual([0.24, 0.5]);
    expect(figures([...elsewhere].reverse())).toEqual([0.24, 0]);
    expect(confidenceOf(bundled, { ...leave, chunks: elsewhere })).toBeLessThan(confidenceOf(bundled, compared(leave)));
    // Alone it is first everywhere and has nobody to stand out from; so it is where it is alone in its language.
    expect(figures(chunks.slice(0, 1))).toEqual([0, 1]);
    const inEnglish = chunks.slice(1).map((chunk) => ({ ...chunk, text: new ChunkText('Meals are paid with the salary.', '') }));
    expect(figures([...chunks.slice(0, 1), ...inEnglish])).toEqual([0, 1]);
    // Of copies the first counts, which is the one that is first in the other orders.
    const copies = chunks.slice(0, 1).map((chunk) => ({ ...chunk, documentId: 'b' }));
    expect(figures([...copies, ...chunks])).toEqual([0.192, 1]);
    expect(figures(leave.chunks)).toEqual([0, 0.5]);
    expect(figures([])).toEqual([0, 0]);
  });

  it('misses terms of the question below what answers usually hold, and not beyond', () => {
    const query = 'refund period damaged goods countries';
    const shortfall = (content: string): number =>
      Number(confidenceFeatures({ ...leave, query, chunks: [aChunk(content)] }).termShortfall.toFixed(2));
    const contents = ['The refund period of damaged goods.', 'The refund period of damaged parts.', 'A refund period.', 'Lunch.'];
    expect(contents.map(shortfall)).toEqual([0, 0, 0.2, 0.6]);
  });

  it('rises when the best chunk stands out from the others', () => {
    const crowded = leave.chunks.map((chunk) => ({ ...chunk, similarity: Math.max(chunk.similarity ?? 0, 0.87) }));
    expect(confidenceOf(bundled, leave)).toBeGreaterThan(confidenceOf(bundled, { ...leave, chunks: crowded }));
  });

  it('tells them apart in English and with another embedding model, too', () => {
    const refund = {
      ...leave,
      query: 'How many days does a refund take?',
      chunks: [
        aChunk('Refunds take 14 days.'),
        aChunk('Shipping is free.', { ordinal: 1, similarity: 0.8, vectorRank: 2, bm25Rank: null, coveredIdf: 0 }),
      ],
    };
    for (const model of [bundled, 'another-model']) {
      expect(confidenceOf(model, refund)).toBeGreaterThan(0.7);
      expect(confidenceOf(model, { ...refund, query: 'Who won the chess championship?', totalIdf: 50 })).toBeLessThan(0.5);
    }
  });

  it('decides by terms alone when no query vector could be had', () => {
    const blind = (evidence: Evidence): Evidence => ({
      ...evidence,
      chunks: evidence.chunks.map((chunk) => ({ ...chunk, similarity: null, vectorRank: null })),
    });
    expect(confidenceOf(bundled, blind(leave))).toBeGreaterThan(0.7);
    expect(confidenceOf(bundled, blind(nursery))).toBeLessThan(0.3);
  });

  it('is 0 without evidence', () => {
    expect(confidenceOf(bundled, { ...leave, chunks: [] })).toBe(0);
  });

  it('is a probability for any evidence', () => {
    const chunk = fc.record({
      content: fc.constantFrom('', '연차 휴가', 'a b c', '| a |', '\ud83d'),
      similarity: fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: null }),
      bm25: fc.double({ min: 0, max: 60, noNaN: true }),
      coveredIdf: fc.double({ min: 0, max: 60, noNaN: true }),
      late: fc.option(fc.record({ near: fc.double({ min: -1, max: 1, noNaN: true }) })),
    });
    const evidence = fc.record({
      query: fc.constantFrom('연차 휴가는?', 'refund 2023', '?', '무엇'),
      chunks: fc.array(
        chunk.map(({ content, ...values }) => aChunk(content, values)),
        { maxLength: 8 },
      ),
      totalIdf: fc.double({ min: 0, max: 60, noNaN: true }),
      chunksSearched: fc.nat(100_000),
    });
    fc.assert(
      fc.property(evidence, fc.constantFrom(bundled, 'another-model'), (sample, model) => {
        const confidence = confidenceOf(model, sample);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the second stage of the confidence', () => {
  it('takes something away for what is missing, and nothing where nothing is', () => {
    const nothing = { year: 0, number: 0, name: 0, answer: 0 };
    expect(gapsLogOdds(nothing)).toBe(0);
    expect(gapsLogOdds({ ...nothing, year: 1 })).toBeLessThan(-2);
    expect(gapsLogOdds({ ...nothing, name: 1 })).toBeLessThan(gapsLogOdds({ ...nothing, name: 0.5 }));
    for (const gap of ['year', 'number', 'name', 'answer']) expect(gapsLogOdds({ ...nothing, [gap]: 1 })).toBeLessThanOrEqual(0);
  });
});

describe('confidenceFeatures', () => {
  it('counts terms of the heading half, and those of the sentence whole', () => {
    const under = (context: string): Evidence => ({ ...leave, query: '연차 휴가', chunks: [aChunk('휴가는 15일이다.', { context })] });
    expect(confidenceFeatures(under('')).sentenceCoverage).toBeCloseTo(1 / 2);
    expect(confidenceFeatures(under('연차')).sentenceCoverage).toBeCloseTo(1.5 / 2);
  });

  it('looks for the numbers of the query', () => {
    const asked = (query: string): number => confidenceFeatures({ ...leave, query }).numbersFound;
    expect(asked('연차 15일')).toBe(1);
    expect(asked('2041년 연차')).toBe(0);
    expect(asked('연차는?')).toBe(1);
  });

  it('knows evidence in the other language and does not expect its terms there', () => {
    const english: Evidence = { ...leave, chunks: [aChunk('Annual leave is 15 days.')] };
    expect(confidenceFeatures(english)).toMatchObject({ foreign: 1, termShortfall: 0 });
    expect(confidenceFeatures(nursery).foreign).toBe(0);
    expect(confidenceFeatures(nursery).termShortfall).toBeGreaterThan(0.2);
  });

  it('measures the lead among chunks of one language', () => {
    const chunks = [
      aChunk('연차 휴가는 15일이다.'),
      aChunk('휴가', { ordinal: 1, similarity: 0.86 }),
      aChunk('Annual leave', { ordinal: 2, similarity: 0.5 }),
    ];
    expect(confidenceFeatures({ ...leave, chunks }).similarityLead).toBeCloseTo(0.01);
  });

  it('does not change with how many sources are shown', () => {
    const long = Array.from({ length: 40 }, (_, ordinal) => aChunk('휴가', { ordinal, coveredIdf: ordinal < 5 ? 1 : 5 }));
    expect(confidenceFeatures({ ...leave, chunks: long }).idfCoverage).toBeCloseTo(1 / 5.5);
  });
});

describe('probability', () => {
  it('is one half at a logit of zero and grows with what speaks for an answer', () => {
    const features = confidenceFeatures(leave);
    expect(probability({ intercept: 0, weights: {} }, features)).toBe(0.5);
    expect(probability({ intercept: 0, weights: { topSimilarity: 1 } }, features)).toBeCloseTo(1 / (1 + Math.exp(-0.88)));
  });
});
