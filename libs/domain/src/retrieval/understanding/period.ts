/** From `start` to before `end`, both at midnight UTC. */
export interface Period {
  readonly start: Date;
  readonly end: Date;
  readonly unit: 'day' | 'month' | 'quarter' | 'year';
}

/** A period that a text names, and where. */
export interface NamedPeriod extends Period {
  readonly from: number;
  readonly to: number;
  /** True for `last month`: it depends on the day of asking. */
  readonly relative: boolean;
}

const utc = (year: number, month: number, day = 1): Date => new Date(Date.UTC(year, month - 1, day));

export const yearOf = (year: number): Period => ({ start: utc(year, 1), end: utc(year + 1, 1), unit: 'year' });
export const quarterOf = (year: number, quarter: number): Period => ({
  start: utc(year, quarter * 3 - 2),
  end: utc(year, quarter * 3 + 1),
  unit: 'quarter',
});
export const monthOf = (year: number, month: number): Period => ({ start: utc(year, month), end: utc(year, month + 1), unit: 'month' });

/** Undefined for a day that no calendar has. */
export function dayOf(year: number, month: number, day: number): Period | undefined {
  const start = utc(year, month, day);
  return start.getUTCMonth() === month - 1 && start.getUTCDate() === day
    ? { start, end: utc(year, month, day + 1), unit: 'day' }
    : undefined;
}

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const monthNumber = (name: string): number => MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3).toLowerCase())) + 1;
const QUARTERS = ['first', 'second', 'third', 'fourth'];
const YEAR = '((?:19|20)\\d{2})';
const whole = (source: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}.,-])(?:${source})(?![\\p{N}])`, 'giu');

type Reading = readonly [pattern: RegExp, read: (groups: readonly string[], now: Date) => Period | undefined];

const number = (text: string | undefined): number => Number(text);
const valid = (month: number): boolean => month >= 1 && month <= 12;

/** The narrowest first: what one has read is not read again. */
const ABSOLUTE: readonly Reading[] = [
  [whole(`${YEAR}\\s?년\\s?(\\d{1,2})\\s?월\\s?(\\d{1,2})\\s?일`), ([y, m, d]) => dayOf(number(y), number(m), number(d))],
  [whole(`${YEAR}[-./](\\d{1,2})[-./](\\d{1,2})`), ([y, m, d]) => dayOf(number(y), number(m), number(d))],
  [whole(`${MONTH}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+${YEAR}`), ([m, d, y]) => dayOf(number(y), monthNumber(m ?? ''), number(d))],
  [whole(`(\\d{1,2})(?:st|nd|rd|th)?\\s+${MONTH}\\s+${YEAR}`), ([d, m, y]) => dayOf(number(y), monthNumber(m ?? ''), number(d))],
  [whole(`${YEAR}\\s?년\\s?([1-4])\\s?(?:사)?분기`), ([y, q]) => quarterOf(number(y), number(q))],
  [whole(`Q([1-4])\\s?(?:of\\s|FY\\s?)?${YEAR}`), ([q, y]) => quarterOf(number(y), number(q))],
  [whole(`(?:FY\\s?)?${YEAR}\\s?Q([1-4])`), ([y, q]) => quarterOf(number(y), number(q))],
  [whole(`([1-4])Q\\s?(\\d{2})`), ([q, y]) => quarterOf(2000 + number(y), number(q))],
  [
    whole(`(first|second|third|fourth)\\s+quarter\\s+(?:of\\s+)?(?:fiscal\\s+)?(?:year\\s+)?${YEAR}`),
    ([q, y]) => quarterOf(number(y), QUARTERS.indexOf((q ?? '').toLowerCase()) + 1),
  ],
  [whole(`${YEAR}\\s?년\\s?(\\d{1,2})\\s?월`), ([y, m]) => (valid(number(m)) ? monthOf(number(y), number(m)) : undefined)],
  [whole(`${YEAR}[-./](\\d{2})`), ([y, m]) => (valid(number(m)) ? monthOf(number(y), number(m)) : undefined)],
  [whole(`${MONTH},?\\s+(?:of\\s+)?${YEAR}`), ([m, y]) => monthOf(number(y), monthNumber(m ?? ''))],
  [whole(`(?:FY\\s?)?${YEAR}(?:\\s?년도?)?`), ([y]) => yearOf(number(y))],
];

const parts = (now: Date): readonly [year: number, month: number, quarter: number] => {
  const month = now.getUTCMonth() + 1;
  return [now.getUTCFullYear(), month, Math.ceil(month / 3)];
};
const inYear = (shift: number) => (_: readonly string[], now: Date) => yearOf(parts(now)[0] + shift);
const inMonth = (shift: number) => (_: readonly string[], now: Date) => monthOf(parts(now)[0], parts(now)[1] + shift);
const inQuarter = (shift: number) => (_: readonly string[], now: Date) => quarterOf(parts(now)[0], parts(now)[2] + shift);
const onDay = (shift: number) => (_: readonly string[], now: Date) => {
  const start = utc(now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate() + shift);
  return dayOf(start.getUTCFullYear(), start.getUTCMonth() + 1, start.getUTCDate());
};
const ofThisYear = (shift: number) => (groups: readonly string[], now: Date) => quarterOf(parts(now)[0] + shift, number(groups[0]));

const RELATIVE: readonly Reading[] = [
  [whole('(?:작년|지난해)\\s?([1-4])\\s?분기'), ofThisYear(-1)],
  [whole('(?:올해|금년)\\s?([1-4])\\s?분기'), ofThisYear(0)],
  [whole('재작년|year before last'), inYear(-2)],
  [whole('작년|지난해|last year'), inYear(-1)],
  [whole('올해|금년|this year'), inYear(0)],
  [whole('지난\\s?분기|last quarter|previous quarter'), inQuarter(-1)],
  [whole('이번\\s?분기|this quarter'), inQuarter(0)],
  [whole('지난\\s?달|last month|previous month'), inMonth(-1)],
  [whole('이번\\s?달|this month'), inMonth(0)],
  [whole('어제|yesterday'), onDay(-1)],
  [whole('오늘|today'), onDay(0)],
];

/** Every period that a text names by itself, in the order of the text; relative ones as seen from the UTC day of `now`. */
export function periodsIn(text: string, now: Date): readonly NamedPeriod[] {
  const found: NamedPeriod[] = [];
  for (const [readings, relative] of [
    [ABSOLUTE, false],
    [RELATIVE, true],
  ] as const) {
    for (const [pattern, read] of readings) {
      for (const match of text.matchAll(pattern)) {
        const [from, to] = [match.index, match.index + match[0].length];
        const period = read(match.slice(1), now);
        if (period !== undefined && !found.some((other) => from < other.to && other.from < to))
          found.push({ ...period, from, to, relative });
      }
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

/** The ways in which documents write a period, Korean and English. */
export function writtenForms({ start, unit }: Period): readonly string[] {
  const [year, month] = [start.getUTCFullYear(), start.getUTCMonth() + 1];
  const name = MONTHS[month - 1] ?? '';
  const two = (value: number): string => String(value).padStart(2, '0');
  if (unit === 'year') return [`${year}년`, `${year}`];
  const quarter = Math.ceil(month / 3);
  if (unit === 'quarter') {
    return [`${year}년 ${quarter}분기`, `Q${quarter} ${year}`, `${quarter}Q${two(year % 100)}`, `${QUARTERS[quarter - 1] ?? ''} quarter`];
  }
  if (unit === 'month') return [`${year}년 ${month}월`, `${name} ${year}`, `${year}-${two(month)}`];
  const day = start.getUTCDate();
  return [`${year}년 ${month}월 ${day}일`, `${name} ${day}, ${year}`, `${year}-${two(month)}-${two(day)}`, `${year}.${month}.${day}`];
}
