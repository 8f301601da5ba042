import { queryTerms } from '../../shared/query-terms';
import { type PlannedTerm, strongest } from './search-plan';

/** The same word as Koreans write it; any of a line stands for the others. Meanings that merely lie near are not here. */
const SPELLINGS: readonly (readonly string[])[] = [
  ['와이파이', 'wi-fi', 'wifi'],
  ['이메일', '전자우편', 'e-mail', 'email'],
  ['홈페이지', '웹사이트', 'website', 'homepage'],
  ['로그인', 'login', 'log-in'],
  ['비밀번호', '패스워드', 'password'],
  ['라이선스', '라이센스', 'license', 'licence'],
  ['매뉴얼', '메뉴얼', 'manual'],
  ['콘텐츠', '컨텐츠', 'contents'],
  ['메시지', '메세지', 'message'],
  ['워크숍', '워크샵', 'workshop'],
  ['애플리케이션', '어플리케이션', 'application'],
  ['데이터베이스', 'database'],
  ['소프트웨어', 'software'],
  ['하드웨어', 'hardware'],
  ['네트워크', 'network'],
  ['클라우드', 'cloud'],
  ['서버', 'server'],
  ['백업', 'backup', 'back-up'],
  ['온라인', 'online', 'on-line'],
  ['오프라인', 'offline', 'off-line'],
  ['인보이스', 'invoice'],
  ['리포트', '레포트', 'report'],
  ['프로젝트', 'project'],
  ['인공지능', '에이아이', 'ai'],
  ['사물인터넷', '아이오티', 'iot'],
  ['시시티비', '씨씨티비', 'cctv'],
  ['연구개발', '알앤디', 'r&d'],
  ['코로나19', '코로나 19', 'covid-19'],
];

const LETTER_NAMES: Readonly<Record<string, string>> = {
  ...{ 에이치: 'h', 더블유: 'w', 에이: 'a', 에프: 'f', 아이: 'i', 제이: 'j', 케이: 'k', 브이: 'v', 엑스: 'x', 와이: 'y', 제트: 'z' },
  ...{ 비: 'b', 씨: 'c', 시: 'c', 디: 'd', 이: 'e', 지: 'g', 엘: 'l', 엠: 'm', 엔: 'n', 오: 'o', 피: 'p', 큐: 'q', 알: 'r', 에스: 's' },
  ...{ 티: 't', 유: 'u' },
};
/** Three letters at least, one with a name that no word is made of by chance: 유아이 is nobody's child. */
const SPELLED_OUT =
  /(?<!\p{Script=Hangul})((?:에이치|더블유|에이|에프|아이|제이|케이|브이|엑스|와이|제트|에스|[비씨시디이지엘엠엔오피큐알티유]){3,})(?=[은는이가을를의에도와과로]?(?!\p{Script=Hangul}))/gu;
const TELLING_NAME = /에이|에프|아이|제이|케이|브이|엑스|제트|에스|더블유|[엘엠엔큐티]/u;
const LETTER = /에이치|더블유|에이|에프|아이|제이|케이|브이|엑스|와이|제트|에스|[비씨시디이지엘엠엔오피큐알티유]/gu;
/** What another spelling's terms count: no document needs to have them. */
const SPELLING_WEIGHT = 0.3;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
const pattern = (spelling: string): RegExp =>
  /\p{Script=Hangul}/u.test(spelling)
    ? new RegExp(`(?<!\\p{Script=Hangul})${escaped(spelling)}`, 'u')
    : new RegExp(`(?<![a-z0-9])${escaped(spelling)}s?(?![a-z0-9])`, 'u');
const PATTERNS = SPELLINGS.map((group) => group.map((spelling) => ({ spelling, found: pattern(spelling) })));

const acronymsOf = (question: string): string[] =>
  [...question.matchAll(SPELLED_OUT)].flatMap(([, run = '']) =>
    TELLING_NAME.test(run) ? [(run.match(LETTER) ?? []).map((name) => LETTER_NAMES[name] ?? '').join('')] : [],
  );

/** Terms of the other spellings of a question's words: `와이파이 비밀번호` → wifi, password; `에이피아이 키` → api. */
export function otherSpellings(question: string): readonly PlannedTerm[] {
  const text = question.normalize('NFKC').toLowerCase();
  const others = PATTERNS.flatMap((group) =>
    group.some(({ found }) => found.test(text)) ? group.filter(({ found }) => !found.test(text)).map(({ spelling }) => spelling) : [],
  );
  const terms = [...others, ...acronymsOf(text)].flatMap((spelling) => queryTerms(spelling));
  if (terms.length === 0) return [];
  const own = new Set(queryTerms(question));
  return strongest(terms.filter((term) => !own.has(term)).map((term) => ({ term, weight: SPELLING_WEIGHT })));
}
