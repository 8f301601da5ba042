import { ChunkText } from '../shared/chunk-text';
import { answerabilityFigures, type AnswerabilityFigures } from './answerability';

const chunk = (content: string, context = ''): ChunkText => new ChunkText(content, context);
const gapsOf = (figures: AnswerabilityFigures): string[] => Object.entries(figures).flatMap(([gap, share]) => (share > 0 ? [gap] : []));

const LEAVE = chunk('입사 1년이 지난 직원의 연차 휴가는 15일이다. 연차는 3월에 부여한다.', '취업규칙 > 휴가');
const SALES = chunk('2023년 3분기 매출은 42억 원으로 전년보다 12% 늘었다.');
const REFUND = chunk('Customers of Hanbit Tools may return a machine within 14 days. The fee for a return is $25.');
const NORMANS = chunk('The Normans were named after Rollo, who settled in northern France in 911.');

/** What is asked, of which text, and what is missing there. */
const CASES: readonly (readonly [question: string, read: ChunkText, gaps: readonly string[]])[] = [
  ['연차 휴가는 며칠인가요?', LEAVE, []],
  ['연차 휴가는 언제 부여하나요?', LEAVE, []],
  ['2041년 연차 휴가는 며칠인가요?', LEAVE, ['year']],
  ['2023년 3분기 매출은?', SALES, []],
  ['2044년 3분기 매출은?', SALES, ['year']],
  ['2023년 4분기 매출은?', SALES, ['number']],
  ['2023년 3분기 매출은 얼마나 늘었나요?', SALES, []],
  ['HB-200 연차 휴가는 며칠인가요?', LEAVE, ['number', 'name']],
  ['「육아휴직 규정」에서 연차 휴가는 며칠인가요?', LEAVE, ['name']],
  ['연차 휴가 비용은 얼마인가요?', LEAVE, ['answer']],
  ['How many days do customers have to return a machine?', REFUND, []],
  ['How much does a return cost?', REFUND, []],
  ['Within how many days may customers of Daehan Tools return a machine?', REFUND, ['name']],
  ['When was the return fee of 2019 introduced?', REFUND, ['year', 'answer']],
  ['Who were the Normans named after?', NORMANS, []],
  ["Who are the Norman's settlers named after?", NORMANS, []],
  ['In what year did Rollo settle in France?', NORMANS, []],
  ['In what year did Rollo settle in Sicily?', NORMANS, ['name']],
  ['How many settlers followed Rollo to France?', chunk('Settlers followed Rollo to northern France.'), ['answer']],
  ['Can customers return a machine?', REFUND, []],
  ['왜 연차를 쓰나요?', LEAVE, []],
];

describe('what a question asks for and the evidence does not hold', () => {
  it.each(CASES)('%s', (question, read, gaps) => {
    expect(gapsOf(answerabilityFigures(question, [read]))).toEqual(gaps);
  });

  it('is looked for in the first five chunks, and one of them is enough', () => {
    const others = Array.from({ length: 4 }, () => LEAVE);
    expect(answerabilityFigures('2023년 3분기 매출은?', [...others, SALES]).year).toBe(0);
    expect(answerabilityFigures('2023년 3분기 매출은?', [...others, LEAVE, SALES]).year).toBe(1);
  });

  it('is no year of the state that was searched: what holds then does not have to say so', () => {
    expect(answerabilityFigures('2041년 연차 휴가는 며칠인가요?', [LEAVE], ['2041']).year).toBe(0);
    expect(answerabilityFigures('2041년 연차 휴가는 며칠인가요?', [LEAVE], ['2040']).year).toBe(1);
  });

  it('is a share where several things are named', () => {
    expect(answerabilityFigures('2023년과 2044년 매출은?', [SALES]).year).toBe(0.5);
  });

  it('says nothing of names where the evidence is in the other language', () => {
    expect(answerabilityFigures('How many days of leave does Hanbit give?', [LEAVE]).name).toBe(0);
    expect(answerabilityFigures('Hanbit의 반품 기간은?', [REFUND]).name).toBe(0);
  });

  it('reads numbers however they are grouped', () => {
    expect(answerabilityFigures('1,200명의 직원은 어디에서 일하나요?', [chunk('직원 1200명은 창원에서 일한다.')]).number).toBe(0);
    expect(answerabilityFigures('15일 뒤에는?', [chunk('2015년에 정했다.')]).number).toBe(1);
  });
});
