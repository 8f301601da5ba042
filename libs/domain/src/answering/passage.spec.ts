import { joinNeighbours, spanIn, type PromptChunk } from './passage';

const aChunk = (ordinal: number, content: string, about: Partial<PromptChunk> = {}): PromptChunk => ({
  content,
  section: '취업규칙 > 휴가',
  place: { documentId: 'handbook', ordinal, kind: 'text' },
  ...about,
});
const join = (...chunks: readonly PromptChunk[]) => joinNeighbours(chunks, () => false);
const texts = (...chunks: readonly PromptChunk[]) => join(...chunks).map(({ content }) => content);

describe('joinNeighbours', () => {
  it('reads on where chunks follow each other, in the order of the document, at the place of the best', () => {
    const chunks = [
      aChunk(7, '다른 글이다.', { section: '출장' }),
      aChunk(2, '둘째 글이다.'),
      aChunk(3, '셋째 글이다.'),
      aChunk(1, '첫째 글이다.'),
    ];
    expect(texts(...chunks)).toEqual(['다른 글이다.', '첫째 글이다.\n둘째 글이다.\n셋째 글이다.']);
  });

  it('says once what the second repeats of the first', () => {
    const repeated = '연차는 열다섯 날이며 1년 뒤에 생긴다.';
    expect(texts(aChunk(0, `휴가 규정이다. ${repeated}`), aChunk(1, `${repeated} 병가는 예순 날이다.`))).toEqual([
      `휴가 규정이다. ${repeated} 병가는 예순 날이다.`,
    ]);
  });

  it('takes no chance ending for a repetition', () => {
    expect(texts(aChunk(0, 'The fee is ten won'), aChunk(1, 'won is the currency'))).toEqual(['The fee is ten won\nwon is the currency']);
    expect(texts(aChunk(0, 'It is unavailable since May'), aChunk(1, 'available since May'))).toEqual([
      'It is unavailable since May\navailable since May',
    ]);
  });

  it('shows the head of a table once', () => {
    const head = '표 1. 매출\n\n| 연도 | 매출 |\n| --- | --- |\n';
    const part = (ordinal: number, row: string) => aChunk(ordinal, head + row, { place: { documentId: 'report', ordinal, kind: 'table' } });
    expect(texts(part(4, '| 2022 | 100 |'), part(5, '| 2023 | 120 |'))).toEqual([`${head}| 2022 | 100 |\n| 2023 | 120 |`]);
  });

  it.each<[string, PromptChunk]>([
    ['another document', aChunk(1, '둘째', { place: { documentId: 'other', ordinal: 1, kind: 'text' } })],
    ['another section', aChunk(1, '둘째', { section: '출장' })],
    ['a gap', aChunk(2, '둘째')],
    ['no known place', { content: '둘째', section: '취업규칙 > 휴가' }],
  ])('leaves apart what is of %s', (_what, other) => {
    expect(texts(aChunk(0, '첫째'), other)).toHaveLength(2);
  });

  it('lets nothing follow a chunk whose end is missing', () => {
    const [first, second] = [aChunk(0, '첫째'), aChunk(1, '둘째')];
    expect(joinNeighbours([second, first], (chunk) => chunk === first)).toHaveLength(2);
    expect(joinNeighbours([first, second], (chunk) => chunk === second)).toHaveLength(1);
  });

  it('tells for every span which chunk says it, and where', () => {
    const repeated = '연차는 열다섯 날이며 1년 뒤에 생긴다.';
    const chunks = [aChunk(0, `휴가 규정이다. ${repeated}`), aChunk(1, `${repeated} 병가는 예순 날이다.`)];
    const [passage] = join(...chunks);
    const start = passage?.content.indexOf('병가는') ?? -1;
    const said = passage?.parts.map((part) => {
      const span = spanIn(part, { start, end: start + '병가는 예순 날'.length });
      return span === null ? null : part.chunk.content.slice(span.start, span.end);
    });
    expect(said).toEqual([null, '병가는 예순 날']);
    const both = passage?.parts.map((part) => spanIn(part, { start: 0, end: passage.content.length }));
    expect(both?.map((span, at) => chunks[at]?.content.slice(span?.start, span?.end))).toEqual([
      chunks[0]?.content,
      ' 병가는 예순 날이다.',
    ]);
  });
});
