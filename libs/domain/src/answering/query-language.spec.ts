import { queryLanguage } from './query-language';

it.each([
  ['2023년 3분기 매출은?', 'ko'],
  ['Kubernetes pod 재시작 방법', 'ko'],
  ['환불'.normalize('NFD'), 'ko'],
  ['What was the revenue in 2023?', 'en'],
  ['2023 Q3', 'en'],
  ['2023?', 'en'],
])('says that %s is %s', (query, language) => {
  expect(queryLanguage(query)).toBe(language);
});

it.each([
  ['2023?', 'ko'],
  ['売上は?', 'ko'],
  ['2023 Q3?', 'en'],
  ['2023년?', 'ko'],
])('takes what it is told only where %s does not tell', (query, language) => {
  expect(queryLanguage(query, 'ko')).toBe(language);
});
