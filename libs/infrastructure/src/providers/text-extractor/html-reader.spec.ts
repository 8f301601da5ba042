import { encode } from 'iconv-lite';
import { readHtml } from './html-reader';

const read = async (html: string | Uint8Array) =>
  (await readHtml({ bytes: typeof html === 'string' ? Buffer.from(html) : html, filename: 'a.html', onPageCount: () => undefined })).blocks;

describe('readHtml', () => {
  it('reads headings, paragraphs, lists and code in order', async () => {
    const html =
      '<h1>취업규칙</h1><p>연차는 <b>15일</b>이다.<br>유급이다.</p><ul><li>신청<ol><li>팀장</li><li>인사팀</li></ol></li><li>Approval</li></ul><pre>if (a) {\n  b();\n}</pre><dl><dt>연차</dt><dd>해마다 받는 휴가</dd></dl>tail';
    expect(await read(html)).toEqual([
      { kind: 'heading', level: 1, text: '취업규칙', page: null },
      { kind: 'paragraph', text: '연차는 15일이다.\n유급이다.', page: null },
      { kind: 'list', text: '- 신청\n  1. 팀장\n  2. 인사팀\n- Approval', page: null },
      { kind: 'code', text: 'if (a) {\n  b();\n}', page: null },
      { kind: 'list', text: '연차: 해마다 받는 휴가', page: null },
      { kind: 'paragraph', text: 'tail', page: null },
    ]);
  });

  it('reads a table with caption, header and cells over several rows and columns', async () => {
    const html =
      '<table><caption>표 1. 한도</caption><thead><tr><th rowspan="2">부서</th><th colspan="2">한도</th></tr><tr><th>국내</th><th>해외</th></tr></thead><tbody><tr><td rowspan="2">영업</td><td>9만원</td><td>$70</td></tr><tr><td>12만원</td><td>$90</td></tr></tbody></table>';
    expect(await read(html)).toEqual([
      {
        kind: 'table',
        caption: '표 1. 한도',
        header: ['부서', '한도 / 국내', '한도 / 해외'],
        rows: [
          ['영업', '9만원', '$70'],
          ['영업', '12만원', '$90'],
        ],
        page: null,
      },
    ]);
  });

  it('gives a table whose rows begin with their own header no header row', async () => {
    expect(await read('<table><tr><th>이름</th><td>HX-200</td></tr><tr><th>무게</th><td>120g</td></tr></table>')).toMatchObject([
      {
        header: [],
        rows: [
          ['이름', 'HX-200'],
          ['무게', '120g'],
        ],
      },
    ]);
  });

  it('walks through a table that only arranges the page', async () => {
    expect(
      await read('<table><tr><td><p>왼쪽</p><table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table></td></tr></table>'),
    ).toEqual([
      { kind: 'paragraph', text: '왼쪽', page: null },
      { kind: 'table', caption: null, header: ['a', 'b'], rows: [['c', 'd']], page: null },
    ]);
  });

  it('leaves out what a browser does not show, and navigation', async () => {
    const html =
      '<head><title>공지</title><style>.print-only { display: none } @media print { .shown { display: none } } p:hover { display:none }</style></head><body><nav>처음 공지</nav><script>alert(1)</script><p hidden>a</p><p aria-hidden="true">b</p><div style="display : none">c</div><p class="print-only">d</p><noscript>e</noscript><template>f</template><p class="shown">보이는 글</p></body>';
    expect(await read(html)).toEqual([
      { kind: 'heading', level: 1, text: '공지', page: null },
      { kind: 'paragraph', text: '보이는 글', page: null },
    ]);
  });

  it.each([
    '<meta charset="euc-kr">',
    '<meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987">',
    '',
    '<meta charset="utf-8">',
  ])('reads CP949 that is declared as %s', async (meta) => {
    expect(await read(encode(`${meta}<p>찦차와 똠얌꿍의 정산 기준</p>`, 'cp949'))).toEqual([
      { kind: 'paragraph', text: '찦차와 똠얌꿍의 정산 기준', page: null },
    ]);
  });

  it('bounds a table that claims to be huge', async () => {
    const [table] = await read('<table><tr><td colspan="1000000">a</td><td rowspan="65000">b</td></tr><tr><td>c</td></tr></table>');
    expect(table?.kind === 'table' ? table.header.length : 0).toBeLessThanOrEqual(201);
  });
});
