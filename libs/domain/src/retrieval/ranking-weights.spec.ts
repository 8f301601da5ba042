import { readRankingModel } from './ranking-weights';

const GOOD = { with_tokens: { late: 2, textMatch: 1.25 }, without_tokens: { length: -0.24 } };

describe('readRankingModel', () => {
  it('reads both sets of weights', () => {
    expect(readRankingModel(GOOD)).toEqual({ withTokens: { late: 2, textMatch: 1.25 }, withoutTokens: { length: -0.24 } });
  });

  it.each([
    ['something else', [], 'no object'],
    ['a set that is missing', { with_tokens: GOOD.with_tokens }, 'without_tokens must hold weights'],
    ['a set without weights', { ...GOOD, with_tokens: {} }, 'with_tokens must hold weights'],
    ['a figure that does not exist', { ...GOOD, with_tokens: { latePlane: 1 } }, 'latePlane, which is no figure'],
    ['a weight that is no number', { ...GOOD, without_tokens: { length: '1' } }, 'the weight of length in without_tokens is no number'],
    ['a name that is a typing error', { ...GOOD, withtokens: {} }, 'withtokens is unknown'],
  ])('refuses %s', (_what, file, message) => {
    expect(() => readRankingModel(file)).toThrow(message);
  });
});
