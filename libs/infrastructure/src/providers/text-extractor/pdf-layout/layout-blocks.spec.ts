import type { Block } from '@aegis/domain/shared/block';
import { layoutBlocks } from './layout-blocks';
import type { PageText, TextItem } from './page-text';

const HEIGHT = 11;
/** Every character is half as wide as high, a Korean one as wide as high. */
const widthOf = (text: string, height: number): number =>
  Array.from(text).reduce((sum, character) => sum + (/[가-힣]/.test(character) ? height : height / 2), 0);
const at = (x: number, y: number, text: string, height = HEIGHT): TextItem => ({ text, x, y, height, width: widthOf(text, height) });
const lines = (x: number, y: number, texts: readonly string[], pitch = 16): TextItem[] =>
  texts.map((text, index) => at(x, y + index * pitch, text));
const page = (number: number, items: readonly TextItem[]): PageText => ({ number, width: 595, height: 842, items });
const shown = (blocks: readonly Block[]): string[] =>
  blocks.map((block) =>
    block.kind === 'table' ? JSON.stringify([block.caption, block.header, ...block.rows]) : `${block.kind}: ${block.text}`,
  );

const BODY = [
  'Employees of the company receive fifteen days of paid',
  'leave in every year, and one more for two years of',
  'service. Unused leave ends after one year.',
];

describe('layoutBlocks', () => {
  it('joins lines to paragraphs and takes large type for headings, by rank of size', () => {
    const items = [
      at(50, 100, 'Handbook', 22),
      at(50, 140, 'Leave', 15),
      ...lines(50, 170, BODY),
      ...lines(50, 240, ['Sick leave needs a letter of a physician.']),
    ];
    expect(layoutBlocks([page(1, items)])).toEqual([
      { kind: 'heading', level: 1, text: 'Handbook', page: 1 },
      { kind: 'heading', level: 2, text: 'Leave', page: 1 },
      { kind: 'paragraph', text: BODY.join(' '), page: 1 },
      { kind: 'paragraph', text: 'Sick leave needs a letter of a physician.', page: 1 },
    ]);
  });

  it('knows articles in type of body size, with their paragraphs', () => {
    const items = lines(50, 100, [
      '제1장 총칙',
      '제1조(목적) 이 규칙은 기준을 정한다.',
      '제2조(휴가) ① 연차는 십오일이다.',
      '② 병가는 제1조(목적)에 따라 삼십일이다.',
    ]);
    expect(shown(layoutBlocks([page(1, items)]))).toEqual([
      'heading: 제1장 총칙',
      'heading: 제1조(목적)',
      'paragraph: 이 규칙은 기준을 정한다.',
      'heading: 제2조(휴가)',
      'list: ① 연차는 십오일이다.\n② 병가는 제1조(목적)에 따라 삼십일이다.',
    ]);
  });

  it('removes running headers, footers and page numbers', () => {
    const pages = [1, 2, 3].map((number) =>
      page(number, [
        at(50, 40, 'Hanbit confidential', 9),
        ...lines(50, 200, [`This is the text of page number ${number} and no other.`]),
        at(290, 810, `- ${number} -`, 9),
      ]),
    );
    expect(shown(layoutBlocks(pages))).toEqual(
      [1, 2, 3].map((number) => `paragraph: This is the text of page number ${number} and no other.`),
    );
  });

  it('reads two columns one after the other, and a line across both before them', () => {
    const left = [
      'The left column begins with a long',
      'line and goes on with more lines of',
      'text that fill the whole column up.',
      'It has four lines in all.',
    ];
    const right = [
      'The right column is read when the',
      'left one has ended, never between',
      'its lines, whatever stands beside.',
      'It also has four lines.',
    ];
    const items = [
      at(50, 80, 'A line above that reaches across both of the columns of this page.'),
      ...lines(50, 120, left),
      ...lines(320, 120, right),
    ];
    expect(shown(layoutBlocks([page(1, items)]))).toEqual([
      'paragraph: A line above that reaches across both of the columns of this page.',
      `paragraph: ${left.join(' ')}`,
      `paragraph: ${right.join(' ')}`,
    ]);
  });

  it('finds a table by its aligned cells, and its caption', () => {
    const rows = [
      ['부서', '2023년', '2024년'],
      ['영업', '10.5', '11.0'],
      ['생산', '7.2', '8.1'],
      ['합계', '17.7', '19.1'],
    ];
    const cells = rows.flatMap((row, line) => row.map((text, column) => at(50 + column * 150, 140 + line * 20, text)));
    const items = [
      at(50, 110, '표 1. 부서별 매출'),
      ...cells,
      ...lines(50, 240, ['매출은 모든 부서에서 늘었으며, 다음 분기에도 늘어날 것으로 본다.']),
    ];
    expect(layoutBlocks([page(2, items)])).toEqual([
      { kind: 'table', caption: '표 1. 부서별 매출', header: rows[0], rows: rows.slice(1), page: 2 },
      { kind: 'paragraph', text: '매출은 모든 부서에서 늘었으며, 다음 분기에도 늘어날 것으로 본다.', page: 2 },
    ]);
  });

  it('puts the lines of one cell together', () => {
    const row = (y: number, name: string, first: string, second: string): TextItem[] => [
      at(50, y, name),
      at(200, y, first),
      at(200, y + 14, second),
      at(420, y, 'yes'),
    ];
    const items = [
      at(50, 100, 'Rule'),
      at(200, 100, 'Meaning'),
      at(420, 100, 'Paid'),
      ...row(130, 'Leave', 'days without work that', 'are agreed before'),
      ...row(175, 'Sick', 'days with a letter', 'of a physician'),
    ];
    expect(shown(layoutBlocks([page(1, items)]))).toEqual([
      JSON.stringify([
        null,
        ['Rule', 'Meaning', 'Paid'],
        ['Leave', 'days without work that are agreed before', 'yes'],
        ['Sick', 'days with a letter of a physician', 'yes'],
      ]),
    ]);
  });

  it('goes on with a paragraph on the next page, but not behind the end of a sentence', () => {
    const first = ['The rule about business trips says that every employee has to ask', 'the leader of the team for approval before the'];
    const pages = [
      page(1, lines(50, 600, first)),
      page(2, lines(50, 100, ['trip is booked.'])),
      page(3, lines(50, 100, ['Receipts are kept.'])),
    ];
    expect(shown(layoutBlocks(pages))).toEqual([`paragraph: ${first.join(' ')} trip is booked.`, 'paragraph: Receipts are kept.']);
  });

  it('joins a hyphenated word', () => {
    expect(
      shown(
        layoutBlocks([
          page(1, lines(50, 100, ['Dense retrieval can be practically imple\u2010', 'mented with few examples of questions and'])),
        ]),
      ),
    ).toEqual(['paragraph: Dense retrieval can be practically implemented with few examples of questions and']);
  });

  it('joins a Korean word that was broken at the edge, and leaves a space where the line was not full', () => {
    const filled = '회사는 사원의 안전한 근무를 위하여 해마다 건강검';
    expect(shown(layoutBlocks([page(1, lines(50, 100, [filled, '진을 실시하고 그 결과를 알린다.']))]))).toEqual([
      `paragraph: ${filled}진을 실시하고 그 결과를 알린다.`,
    ]);
    const loose = lines(50, 100, [filled, '회사는 사원의 건강을 위하여 매년', '검진을 실시하고 그 결과를 알린다.']);
    expect(shown(layoutBlocks([page(1, loose)])).join(' ')).toContain('매년 검진을');
  });

  it('begins an item at its successor, not at the rest of a date', () => {
    const items = lines(50, 100, [
      '다음의 서류를 낸다.',
      '1. 이력서와 자기소개서',
      '2. 졸업 증명서는 <개정 2016.',
      '5. 27., 2017. 9. 8.> 이후의 것',
      '3. 통장 사본',
    ]);
    expect(shown(layoutBlocks([page(1, items)]))).toEqual([
      'paragraph: 다음의 서류를 낸다.',
      'list: 1. 이력서와 자기소개서\n2. 졸업 증명서는 <개정 2016. 5. 27., 2017. 9. 8.> 이후의 것\n3. 통장 사본',
    ]);
  });

  it('keeps raised marks in their line', () => {
    const items = [
      at(50, 100, 'Leave is paid'),
      at(50 + widthOf('Leave is paid', HEIGHT), 95.5, '12', 7),
      at(140, 100, 'and it is counted in whole days.'),
    ];
    expect(shown(layoutBlocks([page(1, items)]))).toEqual(['paragraph: Leave is paid12 and it is counted in whole days.']);
  });

  it('gives nothing for pages without text', () => {
    expect(layoutBlocks([page(1, []), page(2, [])])).toEqual([]);
  });
});
