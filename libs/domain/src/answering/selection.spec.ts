import { ChunkText } from '../shared/chunk-text';
import { duplicatesIn, select, type Selectable, type SelectionOptions } from './selection';

const RULE = '직원은 입사 후 1년이 지나면 연차 15일을 쓸 수 있으며 총무팀에 신청한다.';

let count = 0;
const aChunk = (documentId: string, score: number, content = `${(count += 1)}번 문서의 이야기`): Selectable => ({
  ...{ chunkId: `${documentId}/${score}`, documentId, ordinal: 0, similarity: score / 20, bm25: score, vectorRank: 1, bm25Rank: 1 },
  ...{ score, text: new ChunkText(content, '', `${documentId}.md`) },
});
const OPTIONS: SelectionOptions = { topK: 5, purpose: 'results', isOurOrder: true, isOneDocument: false };
const chosen = (ranked: readonly Selectable[], options: Partial<SelectionOptions> = {}) =>
  select(ranked, { ...OPTIONS, ...options }).map(({ chunkId }) => chunkId);

describe('select, of one document among others', () => {
  const one = [10, 9.9, 9.8, 9.7, 9.6].map((score) => aChunk('a', score));
  const others = [aChunk('b', 9.55), aChunk('c', 9.5), aChunk('d', 1)];

  it('lets others take the places that are too many, where they have something comparable', () => {
    expect(chosen([...one, ...others])).toEqual(['a/10', 'a/9.9', 'a/9.8', 'b/9.55', 'c/9.5']);
  });

  it('takes nothing that is much worse instead', () => {
    expect(chosen([...one, ...others.slice(2)])).toEqual(one.map(({ chunkId }) => chunkId));
  });

  it('knows by what both searches said that candidates are alike, however far their scores are apart', () => {
    const alike = (chunk: Selectable): Selectable => ({ ...chunk, similarity: 0.8 + chunk.score / 2_000, bm25: 5 + chunk.score / 20 });
    expect(chosen([...one, ...others.slice(2)].map(alike))).toEqual(['a/10', 'a/9.9', 'a/9.8', 'a/9.7', 'd/1']);
  });

  it.each<[string, Partial<SelectionOptions>]>([
    ['one document was asked for', { isOneDocument: true }],
    ['the client named the order', { isOurOrder: false }],
  ])('leaves all places to it where %s', (_what, options) => {
    expect(chosen([...one, ...others], options)).toEqual(one.map(({ chunkId }) => chunkId));
  });

  it('gives all that there is where there is room', () => {
    expect(chosen([...one, ...others], { topK: 8 })).toHaveLength(8);
    expect(chosen(one, { topK: 50 })).toHaveLength(5);
  });
});

describe('select, of what is said already', () => {
  const copy = aChunk('b', 8, RULE.replace(' ', '\n'));
  const piece = aChunk('c', 7, RULE.slice(0, -1));
  const ranked = [aChunk('a', 9, RULE), copy, piece, aChunk('d', 6), aChunk('e', 5)];

  it('keeps exact copies among results, and passes over what only looks different', () => {
    expect(chosen(ranked, { topK: 4 })).toEqual(['a/9', 'b/8', 'd/6', 'e/5']);
    expect(chosen(ranked, { topK: 3 })).toEqual(['a/9', 'b/8', 'd/6']);
  });

  it('takes it where there is room, at its own place', () => {
    expect(chosen(ranked)).toEqual(['a/9', 'b/8', 'c/7', 'd/6', 'e/5']);
  });

  it('never has it among the sources of an answer', () => {
    for (const isOurOrder of [true, false]) {
      expect(chosen(ranked, { purpose: 'answer', isOurOrder, topK: 3 })).toEqual(['a/9', 'd/6', 'e/5']);
      expect(chosen(ranked, { purpose: 'answer', isOurOrder, topK: 50 })).toEqual(['a/9', 'd/6', 'e/5']);
    }
  });

  it('leaves the order that a client named as it is', () => {
    expect(chosen(ranked, { isOurOrder: false, topK: 3 })).toEqual(['a/9', 'b/8', 'c/7']);
  });

  it('tells of every copy which one came first', () => {
    expect([...duplicatesIn([...ranked, aChunk('f', 1, RULE)])]).toEqual([
      ['b/8', 'a/9'],
      ['f/1', 'a/9'],
    ]);
  });
});
