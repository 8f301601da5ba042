import { queryLanguage, type QueryLanguage } from './query-language';

/** What kind of thing answers a question; `other` where its words do not tell. */
export type ExpectedAnswer = 'money' | 'duration' | 'date' | 'number' | 'person' | 'place' | 'yes_no' | 'other';

type Rule = readonly [ExpectedAnswer, RegExp];

/** A Korean noun that is asked for: `기간은?`, `기간은 얼마인가요`, `기간이 어떻게 되나요`. */
const asked = (nouns: string): RegExp => new RegExp(`(?:${nouns})(?:은|는|이|가)?\\s*(?:\\?|$|얼마|몇|어떻|언제|어디|누구)`, 'u');

/** The first that fits decides: `몇 년 동안` is a duration before it is a year. */
const RULES: Record<QueryLanguage, readonly Rule[]> = {
  ko: [
    ['money', asked('금액|가격|비용|요금|수수료|연봉|급여액|임금|월급|매출|매출액|지원금|보증금|등록금|벌금|과태료|단가')],
    ['duration', /(?:며칠|얼마)\s*동안|얼마나\s*(?:오래|걸)|몇\s*(?:일|주|개월|달|년|시간|분|초)\s*(?:동안|간|이내|안에|만에|이나|걸)/u],
    ['duration', asked('기간|소요\\s*시간')],
    ['date', /언제|몇\s*(?:년|월|세기|년도)(?![가-힣]*[간씩])/u],
    ['date', asked('날짜|연도|년도|시기|일자|일시|기한')],
    ['money', /얼마(?!나|만큼|동안)/u],
    ['number', /몇|며칠|얼마나/u],
    ['number', asked('비율|인구|개수|인원|면적|길이|높이|나이|횟수|점수|순위|번호|확률|정원')],
    ['person', /누구|누가|누굴/u],
    ['person', asked('사람|인물|선수|배우|감독|작가|가수|저자|대표|담당자')],
    ['place', /어디/u],
    ['place', asked('장소|도시|나라|국가|지역|위치|곳|주소')],
  ],
  en: [
    ['money', /\bhow much money\b|\bhow much\b.*\b(?:cost|pay|paid|charge[ds]?|worth|spen[dt]|earn\w*|fee|owe|price|rais\w*|revenue)\b/i],
    ['money', /\bwhat (?:is|was|were|are) (?:the |our |your )?(?:\w+ ){0,3}(?:costs?|prices?|fees?|salary|revenue|budget|fine|deposit)\b/i],
    ['duration', /\bhow (?:long|soon|quickly)\b|\bhow many (?:seconds|minutes|hours|days|weeks|months|years|decades|centuries)\b/i],
    ['date', /\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b/i],
    ['number', /\bhow (?:many|much|old|often|far|tall|big|large|high|deep|wide|heavy)\b/i],
    [
      'number',
      /\bwhat (?:is|was) the (?:\w+ ){0,2}(?:percentage|number|ratio|population|rate|length|height|width|depth|age|distance|speed)\b/i,
    ],
    ['person', /^\W*(?:\w+ ){0,4}who(?:m|se)?\b/i],
    ['place', /\bwhere\b|\b(?:what|which) (?:city|country|state|place|town|county|region|continent)\b/i],
  ],
};
const ASKS_FOR_A_THING = /무엇|무슨|뭐|뭔|어떤|어떻|어느|왜|방법|이유|이름|설명|알려/u;
const YES_NO: Record<QueryLanguage, RegExp> = {
  ko: /(?:나요|가요|까요|니까|는가|은가|인가|을까|일까|있나|없나|되나)\s*\??\s*$/u,
  en: /^\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|may|must|am)(?:n['’]t)?\b/i,
};

/** Read from the question's own words, in Korean or English. */
export function expectedAnswer(question: string): ExpectedAnswer {
  const language = queryLanguage(question);
  const rule = RULES[language].find(([, pattern]) => pattern.test(question));
  if (rule !== undefined) return rule[0];
  if (language === 'ko' && ASKS_FOR_A_THING.test(question)) return 'other';
  return YES_NO[language].test(question) ? 'yes_no' : 'other';
}
