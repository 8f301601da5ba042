import { dropsOf, merged, type QualityTable, roundedJson } from '../../scripts/eval-retrieval/quality-table';
import { quality } from '../../scripts/eval-retrieval/quality-page';
import {
  figuresOf,
  mixtureEce,
  type Observation,
  percentile,
  recallAt,
  reciprocalRankAt10,
  refusedAt5,
  type RowFigures,
} from '../../scripts/eval-retrieval/row-figures';
import { auroc, expectedCalibrationError, ndcgAt10 } from '../../scripts/retrieval-quality/metrics';

const relevant = (...ids: string[]): ReadonlySet<string> => new Set(ids);
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

describe('figures of a ranking, worked out by hand', () => {
  it('nDCG@10: 1 for the best order, 1/log2(3) in the second place, nothing below the tenth', () => {
    expect(ndcgAt10(['a', 'b'], relevant('a'))).toBe(1);
    expect(ndcgAt10(['b', 'a'], relevant('a'))).toBeCloseTo(0.6309, 4);
    expect(ndcgAt10([...numbers(10).map(String), 'a'], relevant('a'))).toBe(0);
    // Gains 1 and 1/log2(4) of a best possible 1 + 1/log2(3).
    expect(ndcgAt10(['a', 'x', 'b'], relevant('a', 'b'))).toBeCloseTo((1 + 0.5) / (1 + 0.63093), 4);
  });

  it('recall: the share of the relevant that is there', () => {
    expect(recallAt(5, ['x', 'a', 'y', 'z', 'w', 'b'], relevant('a', 'b'))).toBe(0.5);
    expect(recallAt(20, ['x', 'a', 'y', 'z', 'w', 'b'], relevant('a', 'b'))).toBe(1);
    expect(recallAt(5, [], relevant('a'))).toBe(0);
  });

  it('MRR@10: one over the place of the first', () => {
    expect(reciprocalRankAt10(['x', 'y', 'a', 'b'], relevant('a', 'b'))).toBeCloseTo(1 / 3);
    expect(reciprocalRankAt10([...numbers(10).map(String), 'a'], relevant('a'))).toBe(0);
  });
});

describe('figures of a confidence, worked out by hand', () => {
  it('AUROC: 3 of 4 pairs in order, half a point for a tie', () => {
    expect(auroc([0.9, 0.4], [0.5, 0.1])).toBe(0.75);
    expect(auroc([0.5], [0.5])).toBe(0.5);
  });

  it('refused at 5 %: of 40 answerable the threshold leaves two below it', () => {
    const positives = numbers(40).map((value) => value / 100); // 0.00 … 0.39; the third lowest, 0.02, is the threshold
    expect(refusedAt5(positives, [0, 0.015, 0.02, 0.3])).toBe(0.5);
  });

  it('refuses nobody falsely where answerable questions are too few or all alike', () => {
    expect(refusedAt5([0.5, 0.6], [0.4, 0.5])).toBe(0.5);
    expect(
      refusedAt5(
        Array.from({ length: 100 }, () => 0.7),
        [0.7, 0.6],
      ),
    ).toBe(0.5);
  });

  it('calibration error: .8 promised and .5 true is .3, whatever the order', () => {
    const of = (truth: boolean) => ({ probability: 0.8, truth, weight: 1 });
    expect(expectedCalibrationError(numbers(20).map((value) => of(value % 2 === 0)))).toBeCloseTo(0.3);
    expect(expectedCalibrationError(numbers(20).map((value) => ({ ...of(true), probability: 1, truth: value >= 0 })))).toBe(0);
  });

  it('percentiles', () => {
    expect(percentile(numbers(100, 1), 0.5)).toBe(51);
    expect(percentile(numbers(100, 1), 0.95)).toBe(96);
    expect(percentile([7], 0.95)).toBe(7);
  });
});

const observed = (kind: string, confidence: number, ranked: readonly string[] = ['a']): Observation => ({
  ...{ kind, confidence, ranked, latencyMs: 10 },
  relevant: kind === 'answerable' ? relevant('a') : relevant(),
});

describe('figuresOf', () => {
  it('tells the kinds of unanswerable questions apart', () => {
    const figures = figuresOf([
      ...[observed('answerable', 0.9), observed('answerable', 0.6, ['b', 'a'])],
      ...[observed('topic_removed', 0.1), observed('near_miss', 0.8), observed('near_miss', 0.95)],
    ]);
    expect(figures).toMatchObject({ answerable: 2, recallAt5: 1, mrrAt10: 0.75 });
    expect(figures.ndcgAt10).toBeCloseTo((1 + 0.6309) / 2, 4);
    expect(figures.kinds).toEqual({ near_miss: { n: 2, auroc: 0.25, refusedAt5: 0 }, topic_removed: { n: 1, auroc: 1, refusedAt5: 1 } });
  });

  it('has no calibration error where everything can be answered', () => {
    expect(figuresOf([observed('answerable', 0.9)])).toMatchObject({ kinds: {}, ece: null });
  });

  it('weighs 65 % answerable in the mixture, every set the same, and leaves impossible questions out', () => {
    const promised = numbers(100).map((at) => observed(at % 10 === 0 ? 'answerable' : 'topic_removed', 0.65));
    const impossible = numbers(50).map(() => observed('human_impossible', 0.65));
    expect(mixtureEce([promised, [...promised, ...impossible]])).toBeCloseTo(0, 6);
  });
});

describe('a table compared with the last one', () => {
  const figures: RowFigures = {
    ...{ answerable: 300, ndcgAt10: 0.9, recallAt5: 0.95, recallAt20: 0.99, mrrAt10: 0.88, ece: 0.05, p50Ms: 10, p95Ms: 20 },
    kinds: { topic_removed: { n: 100, auroc: 0.95, refusedAt5: 0.8 }, human_unanswerable: { n: 3, auroc: 0.9, refusedAt5: 0.33 } },
  };
  const table = (changed: Partial<RowFigures>, row = 'ko-korquad'): QualityTable => ({
    rows: { [row]: { default: { ...figures, ...changed } } },
    mixtureEce: null,
  });
  const names = (changed: Partial<RowFigures>): string[] => dropsOf(table({}), table(changed)).map(({ figure }) => figure);

  it('says nothing of what is the same, better, or worse by a hundredth', () => {
    expect(names({})).toEqual([]);
    expect(names({ ndcgAt10: 0.95, ece: 0.01 })).toEqual([]);
    expect(names({ ndcgAt10: 0.89, recallAt5: 0.94, ece: 0.06 })).toEqual([]);
  });

  it.each([
    ['nDCG@10', { ndcgAt10: 0.889 }],
    ['R@5', { recallAt5: 0.93 }],
    ['R@20', { recallAt20: 0.97 }],
    ['MRR@10', { mrrAt10: 0.85 }],
    ['ECE', { ece: 0.062 }],
    ['AUROC topic_removed', { kinds: { topic_removed: { n: 100, auroc: 0.93, refusedAt5: 0.8 } } }],
    ['refused topic_removed', { kinds: { topic_removed: { n: 100, auroc: 0.95, refusedAt5: 0.77 } } }],
  ])('names %s that got worse', (name, changed) => {
    expect(names(changed)).toEqual([name]);
  });

  it('compares neither latencies nor figures of a handful of questions', () => {
    const few = { ...figures.kinds, human_unanswerable: { n: 3, auroc: 0.1, refusedAt5: 0 } };
    expect(names({ p50Ms: 500, p95Ms: 900, kinds: few })).toEqual([]);
  });

  it('keeps the rows that were not asked this time', () => {
    const both = merged(table({}), table({ ndcgAt10: 0.5 }, 'en-squad2-a'));
    expect(Object.keys(both.rows)).toEqual(['ko-korquad', 'en-squad2-a']);
    expect(JSON.parse(roundedJson(both))).toEqual(both);
  });

  it('writes its part of the page and leaves the rest alone', () => {
    const first = quality('', table({ ndcgAt10: 0.987 }, 'ko-korquad + distractors'));
    expect(first).toContain('| ko-korquad + distractors | 0.965 | 0.987 |');
    const own = first.replace('# Quality\n', '# Quality\n\n손으로 쓴 글.\n') + '\nThe end.\n';
    const second = quality(own, table({ ndcgAt10: 0.654 }));
    expect(second).toContain('손으로 쓴 글.');
    expect(second).toContain('The end.');
    expect(second).toContain('| ko-korquad | – | 0.654 |');
    expect(second).not.toContain('0.987');
  });
});
