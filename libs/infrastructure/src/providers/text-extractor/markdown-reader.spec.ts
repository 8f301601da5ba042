import { markdownBlocks } from './markdown-reader';

describe('markdownBlocks', () => {
  it('reads headings, paragraphs, lists, code and quotes', () => {
    const text =
      '# 제품 FAQ\n\n첫 줄\n둘째 줄 **굵게** [링크](http://a.b)\n\n1. 신청\n   - 팀장\n2. [x] `승인`\n\n```ts\nconst a = 1;\n```\n\n> Quoted text.\n';
    expect(markdownBlocks(text)).toEqual([
      { kind: 'heading', level: 1, text: '제품 FAQ', page: null },
      { kind: 'paragraph', text: '첫 줄 둘째 줄 굵게 링크', page: null },
      { kind: 'list', text: '1. 신청\n  - 팀장\n2. [x] 승인', page: null },
      { kind: 'code', text: 'const a = 1;', page: null },
      { kind: 'paragraph', text: 'Quoted text.', page: null },
    ]);
  });

  it('reads tables', () => {
    expect(markdownBlocks('| 항목 | Limit |\n| --- | ---: |\n| 숙박 | 9만원 \\| 12만원 |')).toEqual([
      { kind: 'table', caption: null, header: ['항목', 'Limit'], rows: [['숙박', '9만원 | 12만원']], page: null },
    ]);
  });

  it('reads raw HTML as HTML', () => {
    expect(
      markdownBlocks(
        '앞<br>뒤 <b>굵게</b>\n\n<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>\n\n<script>alert(1)</script>\n\n<!-- note -->',
      ),
    ).toEqual([
      { kind: 'paragraph', text: '앞\n뒤 굵게', page: null },
      { kind: 'table', caption: null, header: ['a', 'b'], rows: [['1', '2']], page: null },
    ]);
  });

  it('keeps front matter apart', () => {
    expect(markdownBlocks('---\ntitle: 규정\n---\n본문')).toEqual([
      { kind: 'code', text: 'title: 규정', page: null },
      { kind: 'paragraph', text: '본문', page: null },
    ]);
  });
});
