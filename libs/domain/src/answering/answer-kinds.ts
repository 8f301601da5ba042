import type { ExpectedAnswer } from './expected-answer';
import { statedNumbers } from './stated-numbers';

const CURRENCY =
  /[$₩€£¥]\s*\d|\d[\d.,]*\s*(?:[조억천백십만]+\s*)*(?:원|달러|유로|엔|위안|파운드|퍼센트|%)|\d[\d.,]*\s*(?:thousand|million|billion|trillion|usd|krw|eur|dollar|pound|euro|yen|cent|percent)/i;
const FREE = /무료|무상|free|no charge/i;
const NUMBER_WORD =
  /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|third|quarter|dozens?|once|twice|first|second|both|none|no|several|many|few|most|all)\b/i;
const KOREAN_NUMBER_WORD =
  /(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|스무|서른)\s*(?:명|개|번|살|가지|곳|차례|권|대|시|달|편|쌍|종|장|팀|곡|자|채)|첫|절반|[일이삼사오육칠팔구십백천만]+\s*(?:명|개|번|년|월|일|원|위|세기|층|회|차)|하나|둘|셋|여러|모두|모든/u;
const TIME_UNIT = /second|minute|hour|day|week|month|year|decade|centur/i;
const DURATION =
  /\d\s*(?:\+|-|–|~|to \d+)?\s*(?:\w+ )?(?:second|minute|hour|day|week|month|year|decade|centur|일|주|개월|달|년|시간|분|초|영업일|세기)/i;
const KOREAN_DURATION = /하루|이틀|사흘|나흘|보름|평생|즉시|당일|[일이삼사오육칠팔구십]+\s*(?:일|년|개월|주)/u;
const DATE = /\d{4}|\d\s*(?:년|월|일|세기|시)|\d(?:st|nd|rd|th)\b|\d{1,2}[/.-]\d{1,2}/;
/** With their capital: May is a month, and one may also not. */
const MONTH_OR_DAY =
  /\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b/;
const DATE_WORD =
  /\b(?:spring|summer|autumn|winter|century|today|annual\w*|month\w*|week\w*|daily|immediately|after|before|during|since|until|once|every)\b|요일|봄|여름|가을|겨울|매년|매월|매주|매일|즉시|직후|이후|이전|당시|초기|말기|시대|말일|전까지|후에|때/iu;
const NAME = /(?<=[\p{Ll},;:)]\s+|^)["'(]?\p{Lu}[\p{L}.'’-]+/gu;
const HANGUL = /\p{Script=Hangul}/u;

/** Whether a text holds something of that kind that the question did not say itself. Lenient: what cannot be told apart counts as held. */
export function holdsAnswer(kind: ExpectedAnswer, text: string, question: string): boolean {
  const said = new Set(statedNumbers(question));
  const isNew = statedNumbers(text).some((number) => !said.has(number));
  const isNumberWord = NUMBER_WORD.test(text) || KOREAN_NUMBER_WORD.test(text);
  switch (kind) {
    case 'money':
      return FREE.test(text) || (isNew && CURRENCY.test(text));
    case 'number':
      return isNew || isNumberWord;
    case 'duration':
      return (isNew && DURATION.test(text)) || (isNumberWord && TIME_UNIT.test(text)) || KOREAN_DURATION.test(text);
    case 'date':
      return (isNew && DATE.test(text)) || MONTH_OR_DAY.test(text) || DATE_WORD.test(text);
    case 'person':
    case 'place':
      return HANGUL.test(text) || holdsNewName(text, question.toLowerCase());
    case 'yes_no':
    case 'other':
      return true;
  }
}

/** In Korean a name looks like any other word; in English it has a capital. */
const holdsNewName = (text: string, question: string): boolean =>
  (text.match(NAME) ?? []).some((name) => !question.includes(name.replaceAll(/[^\p{L}]/gu, '').toLowerCase()));
