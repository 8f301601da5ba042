import { type ChunkText, chunkText } from '../shared/chunk-text';
import { ComparedText, sameTextKey } from './repeated-text';

const aText = (
  content: string,
  about: { readonly title?: string; readonly section?: readonly string[]; readonly filename?: string } = {},
): ChunkText => chunkText({ content, filename: '규정.md', title: null, section: [], ...about });
const isSaidIn = (text: ChunkText | string, other: ChunkText | string): boolean => {
  const [one, two] = [text, other].map((side) => new ComparedText(typeof side === 'string' ? aText(side) : side));
  return one !== undefined && two !== undefined && one.isSaidIn(two);
};

const RULE = '직원은 입사 후 1년이 지나면 연차 15일을 쓸 수 있으며 총무팀에 신청한다.';
const POLICY = 'Employees may work from home up to 3 days a week after 12 months of service.';

describe('isSaidIn', () => {
  it.each([
    ['the same words in other clothes', `- **직원은** 입사 후  1년이 지나면\n연차 15일을 쓸 수 있으며, 총무팀에 신청한다`, RULE],
    ['another case', POLICY.toUpperCase(), POLICY],
    ['a piece of the longer one', POLICY, `Preface of the handbook. ${POLICY} See chapter 4.`],
    ['grouped digits', '| 매출 | 1,200,000 |', '매출 1200000'],
  ])('is true of %s', (_what, text, other) => {
    expect(isSaidIn(text, other)).toBe(true);
  });

  it.each([
    [
      'another year and amount',
      '2022년 매출은 100억원이며 전년보다 5% 늘었다고 회사는 밝혔다.',
      '2023년 매출은 120억원이며 전년보다 5% 늘었다고 회사는 밝혔다.',
    ],
    ['one number', RULE, RULE.replace('15일', '16일')],
    ['a sign', '영업이익은 전년보다 -5% 변했다', '영업이익은 전년보다 5% 변했다'],
    ['a unit', 'The fee is $100 for all members of the club', 'The fee is 100% for all members of the club'],
    ['a name', POLICY, POLICY.replace('Employees', 'Contractors')],
    ['a negation', POLICY, POLICY.replace('may', 'may not')],
    [
      'a Korean negation',
      '이 구역에서는 방문객도 언제나 사진을 찍을 수 있다고 한다.',
      '이 구역에서는 방문객도 언제나 사진을 찍을 수 없다고 한다.',
    ],
    [
      'two names that changed places',
      'Kim audits Lee and Lee reports to Park every year in May',
      'Lee audits Kim and Kim reports to Park every year in May',
    ],
    ['more than the other says', `${POLICY} Interns may not.`, POLICY],
    [
      'a word begun in the middle',
      'able to pay the fee on time in every year so far',
      'We were unable to pay the fee on time in every year so far',
    ],
    ['a short heading inside another text', '연차 휴가', RULE.replace('연차', '연차 휴가')],
  ])('is false where they differ by %s', (_what, text, other) => {
    expect(isSaidIn(text, other)).toBe(false);
  });

  it.each([
    ['the file', { filename: '실적-2022.pdf' }, { filename: '실적-2023.pdf' }],
    ['the title', { title: '2023년 3분기 보고' }, { title: '2023년 4분기 보고' }],
    ['the heading', { section: ['FY2022', 'Results'] }, { section: ['FY2023', 'Results'] }],
  ])('is false where %s names another period', (_what, mine, other) => {
    expect(isSaidIn(aText(RULE, mine), aText(RULE, other))).toBe(false);
    expect(isSaidIn(aText(RULE, mine), aText(RULE, mine))).toBe(true);
  });

  it('is true of copies with another file name', () => {
    expect(isSaidIn(aText(RULE, { filename: '사본 (2).md' }), aText(RULE, { filename: '규정.md' }))).toBe(true);
  });
});

describe('sameTextKey', () => {
  it('is the same for white space and Unicode form only', () => {
    expect(sameTextKey(` ${RULE.normalize('NFD')}\n`)).toBe(sameTextKey(RULE.replace(' ', '\n\n')));
    expect(sameTextKey(POLICY)).not.toBe(sameTextKey(POLICY.toUpperCase()));
  });
});
