import { textBlocks } from './plain-text-reader';

const blocks = (text: string): string[] =>
  textBlocks(text.split('\n')).map((block) =>
    block.kind === 'table' ? 'table' : `${block.kind}${block.kind === 'heading' ? block.level : ''}: ${block.text}`,
  );

describe('textBlocks', () => {
  it('finds the title, chapters and articles of a Korean regulation', () => {
    expect(
      blocks(
        '출장비 규정\n\n제1장 총칙\n제1조(목적) 이 규정은 기준을 정한다.\n제2조(범위)\n모든 사원에게 적용한다.\n\n부칙\n오늘부터 시행한다.',
      ),
    ).toEqual([
      'heading1: 출장비 규정',
      'heading2: 제1장 총칙',
      'heading3: 제1조(목적)',
      'paragraph: 이 규정은 기준을 정한다.',
      'heading3: 제2조(범위)',
      'paragraph: 모든 사원에게 적용한다.',
      'heading2: 부칙',
      'paragraph: 오늘부터 시행한다.',
    ]);
  });

  it('separates at blank lines and keeps the lines of a list', () => {
    expect(blocks('Employees receive leave.\nIt is paid.\n\n1. Apply\n2. Wait for approval')).toEqual([
      'paragraph: Employees receive leave.\nIt is paid.',
      'list: 1. Apply\n2. Wait for approval',
    ]);
  });

  it('takes an underlined line for a heading', () => {
    expect(blocks('Intro text ends here.\n\nScope\n=====\nAll staff.')).toEqual([
      'paragraph: Intro text ends here.',
      'heading2: Scope',
      'paragraph: All staff.',
    ]);
  });

  it('takes no sentence for a title', () => {
    expect(blocks('연차는 15일이다.\n\n병가는 30일이다.')).toEqual(['paragraph: 연차는 15일이다.', 'paragraph: 병가는 30일이다.']);
  });
});
