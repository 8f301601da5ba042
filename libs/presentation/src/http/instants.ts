const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;
const DAY_MS = 86_400_000;

/** What a moment or a day looks like, for the documentation: whether a calendar has the day is seen when it is read. */
export const INSTANT_PATTERN = `${DAY.source}|${MOMENT.source}`;

/** The first moment of a day in UTC; null for a day that no calendar has. */
export function parseDay(text: string): Date | null {
  const [, year, month, day] = DAY.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && Number(year) >= 1 ? date : null;
}

/** A moment; a mere day stands for its start or its last millisecond, in UTC. */
export function parseInstant(text: string, dayMeans: 'start' | 'end'): Date | null {
  const day = parseDay(text);
  if (day !== null) return dayMeans === 'start' ? day : new Date(day.getTime() + DAY_MS - 1);
  const [, date] = MOMENT.exec(text) ?? [];
  if (date === undefined || parseDay(date) === null) return null;
  const moment = new Date(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(moment.getTime()) ? null : moment;
}

export const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
