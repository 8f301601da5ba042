import { pointsBack } from './points-back';

describe('pointsBack', () => {
  it.each([
    'how is that calculated?',
    'where to purchase those?',
    'What is it called outside of the USA?',
    'what about a feature code?',
    'any other ideas?',
    'Can women play it?',
    '그건 언제까지예요?',
    '그럼 신청은 어떻게 하나요?',
    '이 제도는 언제부터 시행되나요?',
    '그 사람은 어디서 태어났나요?',
    '거기 전화번호는?',
    '해당 부서는 어디인가요?',
  ])('is true of what cannot be looked for alone: %s', (question) => {
    expect(pointsBack(question)).toBe(true);
  });

  it.each([
    'What is the typical down payment amount for a mortgage?',
    'Does IBM Cloud Container Registry delete its images?',
    'What does the policy say about the days that count?',
    'What is the itinerary?',
    '연차 휴가는 며칠인가요?',
    '이민우를 회장으로 하여 김영삼이 출범시킨 정치기구는?',
    '그리스의 수도는 어디인가요?',
    '이자율은 얼마인가요?',
    '이사회가 해임을 의결하면 그 이유는 언제 통지하나요?',
  ])('is false of what names its topic: %s', (question) => {
    expect(pointsBack(question)).toBe(false);
  });
});
