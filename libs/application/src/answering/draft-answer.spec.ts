import type { Passage } from '@aegis/domain/answering/passage';
import { DraftAnswer } from './draft-answer';
import { NOT_IN_SOURCES } from './prompt-texts';
import type { Source } from './query-answer';

const DELIMITER = 'S0123456789abcdef';

const aSource = (content: string): Source => ({
  chunkId: content,
  documentId: 'document',
  filename: '실적보고서.pdf',
  version: 1,
  page: 1,
  section: '',
  similarity: 0.9,
  score: 1,
  content,
  duplicateOf: null,
  citation: null,
  quotes: [],
});

const TABLE = aSource('| 부문 | 2분기 | 3분기 |\n| --- | --- | --- |\n| 자동화장비 | 13.6 | 14.2 |');
const SENTENCE = aSource('한빛정밀의 2023년 3분기 매출은 42억원이다. 직원은 120명이다.');

const partsOf = (...chunks: readonly Source[]): Passage<Source> => {
  const ends = chunks.map((_, at) => chunks.slice(0, at + 1).reduce((sum, { content }) => sum + content.length + 1, -1));
  return {
    content: chunks.map(({ content }) => content).join('\n'),
    parts: chunks.map((chunk, at) => ({ chunk, start: (ends[at] ?? 0) - chunk.content.length, end: ends[at] ?? 0, from: 0 })),
  };
};

function aDraft(sources: readonly (Source | Passage<Source>)[]): DraftAnswer {
  const model = { identity: { provider: 'scripted', model: 'scripted' }, countTokens: (text: string) => text.length };
  const passages = sources.map((one) => ('parts' in one ? one : partsOf(one)));
  return new DraftAnswer(passages, { tokens: 100, delimiter: DELIMITER }, model);
}

const written = (draft: DraftAnswer, pieces: readonly string[]): string => pieces.map((piece) => draft.push(piece)).join('') + draft.end();

describe('DraftAnswer', () => {
  it('shows pieces that joined are the answer', () => {
    const draft = aDraft([SENTENCE]);
    expect(written(draft, ['  매출은 42억', '원이다 [', '1] [7].', ' '])).toBe(draft.text);
    expect(draft.text).toBe('매출은 42억원이다 [1].');
  });

  it('shows nothing of a model that says the sources do not hold the answer', () => {
    const draft = aDraft([SENTENCE]);
    expect(written(draft, [NOT_IN_SOURCES.slice(0, 4), NOT_IN_SOURCES.slice(4), ' [1]'])).toBe('');
    expect(draft.refused).toBe(true);
  });

  it('stops showing when the model repeats its prompt', () => {
    const draft = aDraft([SENTENCE]);
    expect(written(draft, ['매출은 ', `${DELIMITER} 42억원`, '이다 [1]'])).not.toContain(DELIMITER);
    expect(draft.refused).toBe(true);
  });

  it('quotes each source for what is claimed right before its marker', () => {
    const draft = aDraft([TABLE, SENTENCE]);
    written(draft, ['부문: 자동화장비, 2분기: 13.6, 3분기: 14.2 [1] 한빛정밀의 2023년 3분기 매출은 42억원이다. [2]']);
    const cited = draft.citedSources() ?? [];
    const quoted = cited.map(({ content, quotes }) => quotes.map(({ start, end }) => content.slice(start, end)));
    expect(quoted).toEqual([['| 자동화장비 | 13.6 | 14.2 |'], ['한빛정밀의 2023년 3분기 매출은 42억원이다.']]);
  });

  it('names of a passage the chunk that says it, and quotes that one', () => {
    const [first, second] = [
      { ...aSource('연차는 입사 1년 뒤부터 15일이다.'), page: 3 },
      { ...aSource('병가는 한 해에 60일까지 쓸 수 있다.'), page: 4 },
    ];
    const draft = aDraft([partsOf(first, second), SENTENCE]);
    written(draft, ['병가는 한 해에 60일까지 쓸 수 있다. [1] 직원은 120명이다. [2]']);
    const cited = (draft.citedSources() ?? []).map(({ page, citation, content, quotes }) => [
      ...[page, citation],
      ...quotes.map(({ start, end }) => content.slice(start, end)),
    ]);
    expect(cited).toEqual([
      [4, 1, second.content],
      [1, 2, '직원은 120명이다.'],
    ]);
  });

  it('names both chunks where both carry what is said', () => {
    const [first, second] = [aSource('연차는 입사 1년 뒤부터 15일이다.'), aSource('병가는 한 해에 60일까지 쓸 수 있다.')];
    const draft = aDraft([partsOf(first, second)]);
    written(draft, ['연차는 입사 1년 뒤부터 15일이다. [1] 병가는 한 해에 60일까지 쓸 수 있다. [1]']);
    const cited = (draft.citedSources() ?? []).map(({ content, citation, quotes }) => [
      citation,
      ...quotes.map(({ start, end }) => content.slice(start, end)),
    ]);
    expect(cited).toEqual([
      [1, first.content],
      [1, second.content],
    ]);
  });

  it('takes the whole sentence where nothing is claimed before its marker', () => {
    const draft = aDraft([SENTENCE]);
    written(draft, ['보고서 [1] 에 따르면 2023년 3분기 매출은 42억원이다.']);
    expect(draft.citedSources()?.[0]?.quotes).toEqual([{ start: 0, end: 27 }]);
  });

  it('is carried by nothing without a citation, and by no source that says nothing of it', () => {
    const uncited = aDraft([SENTENCE]);
    written(uncited, ['매출은 42억원이다.']);
    expect(uncited.citedSources()).toBeNull();
    const invented = aDraft([SENTENCE]);
    written(invented, ['본사는 화성에 있습니다 [1].']);
    expect(invented.citedSources()).toBeNull();
  });

  it.each(['매출은 99억원이다 [1].', '매출은 42억원이다 [1]. 직원은 130명이다 [1].', '매출은 42억원이다 [1]. 본사에는 77명이 있다.'])(
    'is not carried when a number in it was made up: %s',
    (answer) => {
      const draft = aDraft([SENTENCE]);
      written(draft, [answer]);
      expect(draft.citedSources()).toBeNull();
    },
  );

  it('lets one marker stand for the sentences before it', () => {
    const draft = aDraft([SENTENCE]);
    written(draft, ['2023년 3분기 매출은 42억원이다. 직원은 120명이다 [1].']);
    expect(draft.citedSources()).toHaveLength(1);
  });

  it('counts what was written until the provider counts itself', () => {
    const draft = aDraft([SENTENCE]);
    draft.push('매출');
    expect(draft.tokens).toEqual({ promptTokens: 100, completionTokens: 2 });
    draft.count({ promptTokens: 90, completionTokens: 1 });
    expect(draft.tokens).toEqual({ promptTokens: 90, completionTokens: 1 });
  });
});
