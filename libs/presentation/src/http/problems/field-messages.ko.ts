/** What messages of fields say beyond their code, in Korean. The first that fits counts; `$1` stays as the server wrote it: a limit, or words to choose from. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/must not be greater than (\S+)$/, '$1 이하여야 합니다'],
  [/must not be less than (\S+)$/, '$1 이상이어야 합니다'],
  [/must have at most (\S+) characters$/, '최대 $1자까지 가능합니다'],
  [/must have at least (\S+) characters$/, '$1자 이상이어야 합니다'],
  [/must have at most (\S+) bytes as JSON$/, 'JSON으로 최대 $1바이트까지 가능합니다'],
  [/must contain at least (\S+) elements$/, '항목이 $1개 이상이어야 합니다'],
  [/must contain no more than (\S+) elements$/, '항목은 최대 $1개까지 가능합니다'],
  [/must be one of (?:the following values: )?(\S.*)$/, '다음 중 하나여야 합니다: $1'],
  [/must have at most (\S+) decimals$/, '소수점 이하 $1자리까지 가능합니다'],
  [/must be an ISO 8601 time with zone, or YYYY-MM-DD$/, '시간대가 있는 ISO 8601 시각 또는 YYYY-MM-DD 형식이어야 합니다'],
  [/must be a day, YYYY-MM-DD$/, 'YYYY-MM-DD 형식의 날짜여야 합니다'],
  [/must be a string$/, '문자열이어야 합니다'],
  [/must be an integer number$/, '정수여야 합니다'],
  [/must be a number conforming to the specified constraints$/, '숫자여야 합니다'],
  [/must be a boolean value$/, 'true 또는 false여야 합니다'],
  [/must be an array$/, '배열이어야 합니다'],
  [/must be an object$/, '객체여야 합니다'],
];

/** The Korean sentence for an English message of a field; null where only the code's own words are known. */
export function koreanFieldMessage(english: string): string | null {
  const [pattern, korean] = SENTENCES.find(([one]) => one.test(english)) ?? [];
  const [, value = ''] = pattern?.exec(english) ?? [];
  return korean?.replace('$1', () => value) ?? null;
}
