import { koreanFieldMessage } from './field-messages.ko';

describe('koreanFieldMessage', () => {
  it.each([
    ['top_k must not be greater than 50', '50 이하여야 합니다'],
    ['min_confidence must not be less than 0', '0 이상이어야 합니다'],
    ['must have at most 200 characters', '최대 200자까지 가능합니다'],
    ['must have at least 1 characters', '1자 이상이어야 합니다'],
    ['must have at most 16384 bytes as JSON', 'JSON으로 최대 16384바이트까지 가능합니다'],
    ['scopes must contain at least 1 elements', '항목이 1개 이상이어야 합니다'],
    ['tags must contain no more than 50 elements', '항목은 최대 50개까지 가능합니다'],
    ['each value in scopes must be one of the following values: query, admin', '다음 중 하나여야 합니다: query, admin'],
    ['must be one of extractive', '다음 중 하나여야 합니다: extractive'],
    ['must have at most 6 decimals', '소수점 이하 6자리까지 가능합니다'],
    ['each value in tags must be a string', '문자열이어야 합니다'],
  ])('says of “%s”: %s', (english, korean) => {
    expect(koreanFieldMessage(english)).toBe(korean);
  });

  it('has no sentence for what it does not know', () => {
    expect(koreanFieldMessage('lies before period_start')).toBeNull();
    expect(koreanFieldMessage('')).toBeNull();
  });
});
