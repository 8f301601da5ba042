import * as fc from 'fast-check';
import { microBatches } from './micro-batches';

describe('microBatches', () => {
  it('puts similar lengths together, and a text over the budget alone', () => {
    expect(microBatches([600, 30, 250, 28, 240], 512)).toEqual([[3, 1], [4, 2], [0]]);
    expect(microBatches([], 512)).toEqual([]);
  });

  it('keeps every text once and the padded size within the budget', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 80 }), (lengths) => {
        const groups = microBatches(lengths, 512);
        expect(groups.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
        for (const group of groups) {
          const longest = Math.max(...group.map((at) => lengths[at] ?? 0));
          expect(group.length === 1 || group.length * longest <= 512).toBe(true);
        }
      }),
    );
  });
});
