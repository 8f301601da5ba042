import { LateQuery } from './late-interaction';
import { passageCodes, queryCodes, type TokenProjection, type TokenRows } from './token-projection';

/** Four axes of six numbers, around a mean of ones. */
const projection: TokenProjection = {
  form: 7,
  width: 6,
  dimensions: 4,
  mean: new Float32Array(6).fill(1),
  axes: Float32Array.from({ length: 24 }, (_, at) => (at % 7 === 0 ? 1 : 0)),
};

/** Tokens by what they are along the four axes. */
function rows(...tokens: readonly (readonly [number, number, number, number])[]): TokenRows {
  return { count: tokens.length, values: Float32Array.from(tokens.flatMap((token) => [...token, 0, 0].map((value) => value + 1))) };
}

const late = (query: TokenRows, weights: readonly number[], passage: TokenRows) =>
  new LateQuery(queryCodes(projection, query, weights)).score(passageCodes(projection, passage));

describe('late interaction', () => {
  it('is 1 where each token of the query is met, whatever else the passage holds and however long its vectors are', () => {
    const query = rows([1, 0, 0, 0], [0, 0, -2, 0]);
    const passage = rows([5, 0, 0, 0], [0, 1, 1, 1], [0, 0, -0.1, 0]);
    expect(late(query, [1, 1], passage)).toEqual({ weighted: expect.closeTo(1, 10) as number, plain: expect.closeTo(1, 10) as number });
  });

  it('takes the best of the passage for each token, and lets heavier tokens count for more', () => {
    const query = rows([1, 0, 0, 0], [0, 1, 0, 0]);
    const passage = rows([1, 0, 0, 0], [0, 0, 1, 0]);
    const score = late(query, [3, 1], passage);
    expect(score?.weighted).toBeCloseTo(0.75, 10);
    expect(score?.plain).toBeCloseTo(0.5, 10);
  });

  it('is close to the cosines of the vectors themselves', () => {
    const random = (seed: number) => Math.sin(seed * 12.9898) * 0.9;
    const tokens = (count: number, from: number): [number, number, number, number][] =>
      Array.from(
        { length: count },
        (_, at) => [0, 1, 2, 3].map((axis) => random(from + at * 4 + axis)) as [number, number, number, number],
      );
    const [asked, found] = [tokens(5, 1), tokens(20, 100)];
    const cosine = (a: readonly number[], b: readonly number[]): number => {
      const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const exact = asked.reduce((sum, a) => sum + Math.max(...found.map((b) => cosine(a, b))), 0) / asked.length;
    expect(late(rows(...asked), [1, 1, 1, 1, 1], rows(...found))?.plain).toBeCloseTo(exact, 1);
  });

  it('compares nothing with a text without tokens, nor with codes of another form', () => {
    const query = rows([1, 0, 0, 0]);
    expect(late(query, [1], rows())).toBeNull();
    expect(late(rows(), [], query)).toBeNull();
    const other = passageCodes({ ...projection, form: 8 }, query);
    expect(new LateQuery(queryCodes(projection, query, [1])).score(other)).toBeNull();
    expect(new LateQuery(new Uint8Array()).score(new Uint8Array())).toBeNull();
  });

  it('keeps a token in four bits a number', () => {
    expect(passageCodes(projection, rows([1, 0, 0, 0], [0, -1, 0, 0]))).toEqual(
      Uint8Array.from([7, 4, (7 + 8) | (8 << 4), 8 | (8 << 4), 8 | (1 << 4), 8 | (8 << 4)]),
    );
  });
});
