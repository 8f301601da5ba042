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
  [/must be either object or array$/, '객체 또는 배열이어야 합니다'],
  [/must be a UUID$/, 'UUID여야 합니다'],
  [/elements must be unique$/, '같은 항목을 두 번 넣을 수 없습니다'],
  [/^lies before period_start$/, 'period_start보다 앞섭니다'],
  [/^is given more than once$/, '두 번 이상 주어졌습니다'],
  [/^has more than (\S+) entries$/, '항목이 $1개를 넘습니다'],
  [/^is longer than (\S+) bytes$/, '$1바이트를 넘습니다'],
  [/^there is no such field$/, '알 수 없는 필드입니다'],
  [/^only one file can be sent at a time$/, '파일은 한 번에 하나만 보낼 수 있습니다'],
  [/^too many fields$/, '필드가 너무 많습니다'],
  [/^too many parts$/, '파트가 너무 많습니다'],
  [/^must be one key of 1 to 255 visible ASCII characters$/, '보이는 ASCII 문자 1~255자의 키 하나여야 합니다'],
  [/^a version cannot hold from a date in the future$/, '미래의 날짜부터 유효한 버전은 만들 수 없습니다'],
  [/^the file name is empty$/, '파일 이름이 비어 있습니다'],
  [/^the file name is longer than (\S+) bytes$/, '파일 이름이 $1바이트를 넘습니다'],
];

/** The Korean sentence for an English message of a field; null where only the code's own words are known. */
export function koreanFieldMessage(english: string): string | null {
  const [pattern, korean] = SENTENCES.find(([one]) => one.test(english)) ?? [];
  const [, value = ''] = pattern?.exec(english) ?? [];
  return korean?.replace('$1', () => value) ?? null;
}
