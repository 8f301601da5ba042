import fc from 'fast-check';
import type { Block } from '../shared/block';
import type { ChunkLimits } from './chunk-limits';
import { contentOf, packChunks, type PackedChunk, planChunks, splitChunk } from './chunking';

const limits: ChunkLimits = { maxTokens: 60, targetTokens: 20, overlapTokens: 0, minTokens: 5, headingPathTokens: 8 };
/** A token is a word here: sizes can be read off the text. */
const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
const chunks = (blocks: readonly Block[], change: Partial<ChunkLimits> = {}): PackedChunk[] =>
  packChunks(planChunks(blocks), words, { ...limits, ...change }, 50);
const contents = (blocks: readonly Block[], change?: Partial<ChunkLimits>): string[] => chunks(blocks, change).map(contentOf);

const heading = (level: number, text: string): Block => ({ kind: 'heading', level, text, page: 1 });
const paragraph = (text: string, page = 1): Block => ({ kind: 'paragraph', text, page });
const sentence = (count: number, word = '낱말'): string => `${Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ')}.`;

describe('sections', () => {
  it('closes a chunk at every heading and gives each its path', () => {
    const result = chunks([
      heading(1, '취업규칙'),
      heading(2, '휴가'),
      paragraph('연차는 15일이다.'),
      heading(2, '출장'),
      paragraph('Trips are paid.', 3),
    ]);
    expect(result.map(({ section, page }) => ({ section, page }))).toEqual([
      { section: ['취업규칙', '휴가'], page: 1 },
      { section: ['취업규칙', '출장'], page: 3 },
    ]);
  });

  it('cuts a long path from the outermost heading on', () => {
    const result = chunks([heading(1, sentence(5)), heading(2, 'two words'), heading(3, 'own'), paragraph('본문')]);
    expect(result.map(({ section }) => section)).toEqual([['two words', 'own']]);
  });

  it('puts a heading that no path shows in front of the next text', () => {
    expect(contents([heading(2, '부칙'), heading(2, '시행일'), paragraph('2024년 1월 1일부터 시행한다.')])).toEqual([
      '부칙\n\n2024년 1월 1일부터 시행한다.',
    ]);
    expect(contents([heading(1, sentence(9)), paragraph('본문')])).toEqual([`${sentence(9)}\n\n본문`]);
  });

  it('keeps a document of headings only', () => {
    expect(contents([heading(1, '목차'), heading(2, 'Chapter one')])).toEqual(['목차\n\nChapter one']);
  });
});

describe('flowing text', () => {
  it('fills a chunk with whole paragraphs before it cuts one', () => {
    expect(contents([paragraph(sentence(12)), paragraph(sentence(6, 'b')), paragraph(sentence(11, 'c'))])).toEqual([
      `${sentence(12)}\n\n${sentence(6, 'b')}`,
      sentence(11, 'c'),
    ]);
  });

  it('cuts a long paragraph between sentences', () => {
    const [first, second, third] = [sentence(9, 'a'), sentence(9, 'b'), sentence(9, 'c')];
    expect(contents([paragraph(`${first} ${second} ${third}`)])).toEqual([`${first} ${second}`, third]);
  });

  it('repeats whole sentences up to the overlap', () => {
    const [first, second, third] = [sentence(9, 'a'), sentence(9, 'b'), sentence(9, 'c')];
    expect(contents([paragraph(`${first} ${second} ${third}`)], { overlapTokens: 10 })).toEqual([
      `${first} ${second}`,
      `${second} ${third}`,
    ]);
  });

  it('joins a remainder to the chunk before it', () => {
    expect(contents([paragraph(`${sentence(18)} ${sentence(4, 'rest')}`)])).toEqual([`${sentence(18)} ${sentence(4, 'rest')}`]);
  });

  it('keeps a list whole where it fits', () => {
    const list: Block = { kind: 'list', text: '1. 신청서를 낸다\n2. 팀장이 승인한다\n3. 인사팀에 알린다', page: 1 };
    expect(contents([paragraph(sentence(12)), list])).toEqual([sentence(12), list.text]);
  });

  it('leaves the lines and the indentation of code alone', () => {
    const code: Block = { kind: 'code', text: 'if (late) {\n  notify();\n}', page: null };
    expect(contents([code])).toEqual([code.text]);
  });

  it('says the same thing under the same heading once', () => {
    expect(
      contents([paragraph('대외비'), { kind: 'table', caption: null, header: ['a'], rows: [], page: 1 }, paragraph('대외비')]),
    ).toEqual(['대외비', '| a |\n| --- |']);
  });
});

describe('tables', () => {
  const table = (rows: readonly (readonly string[])[], header = ['부서', '한도']): Block => ({
    kind: 'table',
    caption: '표 1',
    header,
    rows,
    page: 4,
  });

  it('stand alone, as Markdown, with their caption', () => {
    expect(contents([paragraph('앞 문장.'), table([['영업', '100|200']]), paragraph('뒤 문장.')], { targetTokens: 30 })).toEqual([
      '앞 문장.',
      '표 1\n\n| 부서 | 한도 |\n| --- | --- |\n| 영업 | 100\\|200 |',
      '뒤 문장.',
    ]);
  });

  it('repeat the header in every part', () => {
    const parts = chunks([table(['영업', '인사', '재무', '품질', '생산', 'IT'].map((name) => [name, '100 만 원']))], { targetTokens: 30 });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(contentOf).filter((content) => !content.startsWith('표 1\n\n| 부서 | 한도 |\n| --- | --- |\n|'))).toEqual([]);
    expect(parts.map(({ page, kind }) => `${kind} ${String(page)}`)).toEqual(parts.map(() => 'table 4'));
  });

  it('cut a row inside its cells when it alone is too long', () => {
    const parts = contents([table([['영업', sentence(40)]])], { targetTokens: 30 });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join(' ')).toContain('낱말39.');
    expect(parts.every((part) => part.includes('| 부서 | 한도 |'))).toBe(true);
  });

  it('name the column with every value when the header is too long to repeat', () => {
    const header = [sentence(12, 'long'), '한도'];
    expect(contents([table([['영업', '100']], header)])).toEqual([`표 1\n${sentence(12, 'long')}: 영업\n한도: 100`]);
  });
});

describe('splitChunk', () => {
  it('halves between units, then inside the last one, and gives up on one character', () => {
    const [chunk] = chunks([paragraph(`${sentence(4)} ${sentence(4, 'b')}`)]);
    if (chunk === undefined) throw new Error('no chunk');
    const halves = splitChunk(chunk);
    expect(halves.map(contentOf)).toEqual([sentence(4), sentence(4, 'b')]);
    expect(halves.flatMap(splitChunk).map(contentOf)).toEqual(['낱말0 낱말1', '낱말2 낱말3.', 'b0 b1', 'b2 b3.']);
    expect(() => splitChunk({ ...chunk, units: [{ text: '가', joint: '', page: 1 }] })).toThrow('one character');
  });
});

describe('any document', () => {
  const cell = fc.string({ unit: fc.constantFrom('가', '나', ' ', '.', '|', '\n', 'x', '7'), maxLength: 60 });
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({ kind: fc.constant('heading' as const), level: fc.integer({ min: 1, max: 6 }), text: cell, page: fc.constant(1) }),
    fc.record({
      kind: fc.constantFrom('paragraph' as const, 'list' as const, 'code' as const),
      text: cell,
      page: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({
      kind: fc.constant('table' as const),
      caption: fc.option(cell),
      header: fc.array(cell, { maxLength: 3 }),
      rows: fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 5 }),
      page: fc.constant(2),
    }),
  );
  const characters = (text: string): string => text.replaceAll(/[\s|\\:-]/g, '');
  const textsIn = (item: Block): string[] =>
    item.kind === 'table' ? [item.caption ?? '', ...item.header, ...item.rows.flat()] : [item.text];

  it('keeps every character in some chunk, in content or section', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), fc.integer({ min: 0, max: 8 }), (blocks, overlapTokens) => {
        const all = chunks(blocks, { overlapTokens }).map((chunk) => characters([...chunk.section, contentOf(chunk)].join('')));
        for (const wanted of blocks
          .flatMap(textsIn)
          .flatMap((text) => text.split(/\s+/))
          .map(characters)) {
          const found = all.some((text) => text.includes(wanted)) || all.join('').includes(wanted);
          if (!found) throw new Error(`lost: ${wanted}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('puts every part of a table under its header', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 8 }), (blocks) => {
        for (const chunk of chunks(blocks).filter(({ kind, head }) => kind === 'table' && head !== '')) {
          expect(
            contentOf(chunk)
              .split('\n')
              .some((line) => /^\|( --- \|)+$/.test(line)),
          ).toBe(true);
        }
      }),
    );
  });
});
