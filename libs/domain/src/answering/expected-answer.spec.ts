import { expectedAnswer, type ExpectedAnswer } from './expected-answer';

const CASES: readonly (readonly [ExpectedAnswer, readonly string[]])[] = [
  [
    'money',
    [
      '출장 숙박비 한도 금액은?',
      '연회비는 얼마인가요?',
      'How much does a licence cost?',
      'What is the late fee?',
      'How much money was raised?',
    ],
  ],
  [
    'duration',
    [
      '육아휴직 기간은 얼마인가요?',
      '며칠 동안 보관하나요?',
      '몇 시간 이내에 신고해야 하나요?',
      'How long is the probation?',
      'How many days of leave are there?',
    ],
  ],
  ['date', ['공장은 언제 지었나요?', '몇 년에 설립되었나요?', '신청 기한은?', 'When was the plant built?', 'In what year did it open?']],
  [
    'number',
    [
      '직원은 몇 명인가요?',
      '연차는 며칠인가요?',
      '합격률은 얼마나 되나요?',
      'How many people work there?',
      'What is the population of Seoul?',
    ],
  ],
  ['person', ['품질 책임자는 누구인가요?', '이 영화의 감독은?', 'Who approves the order?', 'By whom was it signed?']],
  ['place', ['본사는 어디에 있나요?', '제2공장의 위치는?', 'Where is the plant?', 'What country is it in?']],
  ['yes_no', ['주말에도 운영하나요?', '환불이 가능한가요?', 'Can I return it?', "Isn't it open on Sunday?"]],
  ['other', ['반품 방법은?', '어떤 서류가 필요한가요?', 'What is a gasket?', 'Explain the warranty', '2023', '']],
];

describe('what a question expects for an answer', () => {
  it.each(CASES.flatMap(([kind, questions]) => questions.map((question) => [question, kind] as const)))('%s: %s', (question, kind) => {
    expect(expectedAnswer(question)).toBe(kind);
  });
});
