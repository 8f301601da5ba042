import { LateQuery, levelProducts } from './late-interaction';
import { axisProducts, directions, passageCodes, queryCodes, type TokenProjection, type TokenRows } from './token-projection';

/** Fourteen axes of sixteen numbers, around a mean of ones: two of 4 bits, four of 2 and eight of 1. */
const projection: TokenProjection = {
  form: 7,
  width: 16,
  layout: { fours: 1, twos: 1, ones: 1 },
  mean: new Float32Array(16).fill(1),
  axes: Float32Array.from({ length: 14 * 16 }, (_, at) => (at % 17 === 0 ? 1 : 0)),
  steps: [0.05, 0.13, 0.21],
};

/** Tokens by what they are along the axes. */
function rows(...tokens: readonly (readonly number[])[]): TokenRows {
  const values = tokens.flatMap((token) => Array.from({ length: 16 }, (_, at) => (token[at] ?? 0) + 1));
  return { rows: [...tokens.keys()], values: Float32Array.from(values) };
}

const along = (tokens: TokenRows): Float32Array => axisProducts(projection, directions(projection, tokens));
const passageOf = (tokens: TokenRows): Uint8Array => passageCodes(projection, along(tokens));
const queryOf = (tokens: TokenRows, weights: readonly number[]): Uint8Array => queryCodes(projection, along(tokens), weights);

/** A token that lies between the axes, so that no other is near it. */
const token = (seed: number): number[] => Array.from({ length: 14 }, (_, axis) => Math.sin((seed + 1) * 12.9898 * (axis + 1)));

const late = (query: TokenRows, weights: readonly number[], passage: TokenRows) =>
  new LateQuery(queryOf(query, weights)).score(passageOf(passage));

describe('late interaction', () => {
  it('is close to 1 where each token of the query is met, whatever else the passage holds and however long its vectors are', () => {
    const [first, second] = [token(1), token(2)];
    const passage = rows(
      first.map((value) => 5 * value),
      token(3),
      second.map((value) => value / 10),
    );
    const score = late(rows(first, second), [1, 1], passage);
    for (const value of [score?.weighted, score?.plain, score?.near, score?.reverse]) {
      expect(value).toBeGreaterThan(0.85);
      expect(value).toBeLessThanOrEqual(1);
    }
  });

  it('takes the best of the passage for each token, and lets heavier tokens count for more', () => {
    const query = rows(token(1), token(2));
    const [met, missed] = [late(rows(token(1)), [1], rows(token(1)))?.plain ?? 0, late(rows(token(2)), [1], rows(token(1)))?.plain ?? 1];
    expect(met).toBeGreaterThan(missed + 0.5);
    const score = late(query, [3, 1], rows(token(1)));
    expect(score?.weighted).toBeCloseTo((3 * met + missed) / 4, 10);
    expect(score?.plain).toBeCloseTo((met + missed) / 2, 10);
  });

  it('says of several tokens the mean of what it says of each, and of each passage among others what it says of it alone', () => {
    const passages = [rows(token(1), token(4)), rows(), rows(token(3), token(2), token(5), token(6), token(1))].map((tokens) =>
      passageOf(tokens),
    );
    const query = (...asked: readonly number[]) => new LateQuery(queryOf(rows(...asked.map(token)), [1, 1, 1].slice(0, asked.length)));
    const [, , last] = passages;
    const alone = [1, 2, 3].map((asked) => query(asked).score(last ?? new Uint8Array())?.plain ?? NaN);
    const all = query(1, 2, 3);
    expect(all.score(last ?? new Uint8Array())?.plain).toBeCloseTo(alone.reduce((sum, one) => sum + one, 0) / 3, 12);
    const levels = all.levelsOf(passages);
    expect(all.scores(levels, levelProducts(levels.rows, all.columns, all.axes))).toEqual(passages.map((passage) => all.score(passage)));
  });

  it('sees whether the query is met in one place', () => {
    const query = rows(token(1), token(2));
    const filler = Array.from({ length: 40 }, () => token(5));
    const together = late(query, [1, 1], rows(token(1), token(2), ...filler));
    const apart = late(query, [1, 1], rows(token(1), ...filler, token(2)));
    expect(apart?.weighted).toBeCloseTo(together?.weighted ?? 0, 10);
    expect(together?.near).toBeCloseTo(together?.weighted ?? 0, 10);
    expect(apart?.near).toBeLessThan((together?.near ?? 0) - 0.2);
  });

  it('sees from the passage’s side how many of its tokens the query meets, as many as the query has, whatever these weigh', () => {
    const cosine = (asked: number, found: number): number => late(rows(token(asked)), [1], rows(token(found)))?.plain ?? NaN;
    const expected = (asked: readonly number[], found: readonly number[]): number => {
      const best = found.map((one) => Math.max(...asked.map((other) => cosine(other, one))));
      const counted = best.sort((a, b) => b - a).slice(0, asked.length);
      return counted.reduce((sum, one) => sum + one, 0) / counted.length;
    };
    const reverse = (asked: readonly number[], weights: readonly number[], found: readonly number[]): number =>
      late(rows(...asked.map(token)), weights, rows(...found.map(token)))?.reverse ?? NaN;
    for (const found of [[1], [5, 2, 1], [7, 3, 5, 6, 2, 4, 9, 1, 8], [1, 1, 5]]) {
      expect(reverse([1, 2], [1, 1], found)).toBeCloseTo(expected([1, 2], found), 12);
      expect(reverse([1, 2], [7, 1], found)).toBe(reverse([1, 2], [1, 1], found));
    }
    expect(reverse([1, 2], [1, 1], [5, 1, 5, 1])).toBeGreaterThan(reverse([1, 2], [1, 1], [5, 1, 5, 5]) + 0.2);
    expect(reverse([1, 2], [1, 1], [9, 5, 2, 7, 1])).toBe(reverse([1, 2], [1, 1], [1, 7, 5, 9, 2]));
  });

  it('is close to the cosines of the vectors themselves', () => {
    const tokens = (count: number, from: number) => Array.from({ length: count }, (_, at) => token(from + at));
    const [asked, found] = [tokens(5, 1), tokens(20, 100)];
    const cosine = (a: readonly number[], b: readonly number[]): number => {
      const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const exact = asked.reduce((sum, a) => sum + Math.max(...found.map((b) => cosine(a, b))), 0) / asked.length;
    expect(Math.abs((late(rows(...asked), [1, 1, 1, 1, 1], rows(...found))?.plain ?? 2) - exact)).toBeLessThan(0.1);
  });

  it('compares nothing with a text without tokens, nor with codes of another form', () => {
    const query = rows(token(1));
    expect(late(query, [1], rows())).toBeNull();
    expect(late(rows(), [], query)).toBeNull();
    const other = passageCodes({ ...projection, form: 8 }, along(query));
    expect(new LateQuery(queryOf(query, [1])).score(other)).toBeNull();
    expect(new LateQuery(new Uint8Array()).score(new Uint8Array())).toBeNull();
  });

  it('compares nothing that was written in the first form, whose codes meant something else', () => {
    const query = Uint8Array.from([1, 4, ...Array.from({ length: 20 }, (_, at) => (at < 2 ? 0 : 100))]);
    expect(new LateQuery(query).score(Uint8Array.of(1, 4, 15, 8, 8, 8))).toBeNull();
  });

  it('keeps a token in four, two or one bits a number, the first in the lowest bits', () => {
    const four = [0.5, -0.5];
    const two = [0.6, 0.2, -0.2, -0.6];
    const one = [1, -1, 1, -1, 1, 1, -1, -1].map((value) => value * 0.01);
    const length = Math.sqrt([...four, ...two, ...one].reduce((sum, value) => sum + value * value, 0));
    const level = (value: number): number => Math.floor(value / length / (2 * 0.05)) + 8;
    expect(passageOf(rows([...four, ...two, ...one]))).toEqual(
      Uint8Array.from([7, 3, level(0.5) | (level(-0.5) << 4), 3 | (2 << 2) | (1 << 4) | (0 << 6), 0b00110101]),
    );
  });
});
