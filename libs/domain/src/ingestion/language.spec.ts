import { languageOf, majorityLanguage } from './language';

describe('languageOf', () => {
  it.each([
    ['연차 휴가는 15일이다.', 'ko'],
    ['API 키는 90일마다 교체한다 (rotate).', 'ko'],
    ['Employees receive 15 days of leave.', 'en'],
    ['The Korean word for annual leave is 연차휴가.', 'mixed'],
    ['A single syllable 가 in an English sentence that is long enough to be English.', 'en'],
    ['2024. 3. 15. (100%)', 'und'],
    ['', 'und'],
  ])('%s → %s', (text, language) => {
    expect(languageOf(text)).toBe(language);
  });
});

describe('majorityLanguage', () => {
  it('follows the most chunks and ignores those without letters', () => {
    expect(majorityLanguage(['ko', 'und', 'ko', 'en', 'und', 'und'])).toBe('ko');
  });
  it('is mixed on a tie and undetermined without votes', () => {
    expect(majorityLanguage(['ko', 'en'])).toBe('mixed');
    expect(majorityLanguage(['und'])).toBe('und');
  });
});
