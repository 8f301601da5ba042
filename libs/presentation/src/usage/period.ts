import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { dayOf, parseDay } from '../http/instants';

const DAY_MS = 86_400_000;

export interface Period {
  readonly from: Date;
  /** Exclusive. */
  readonly until: Date;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** A time from the first day to the last, both inclusive. What is not given is the present month. */
export function periodOf(query: { readonly period_start?: string; readonly period_end?: string }, now: Date): Period {
  const firstOfMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const lastOfMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0));
  const first = (query.period_start === undefined ? null : parseDay(query.period_start)) ?? firstOfMonth;
  const last = (query.period_end === undefined ? null : parseDay(query.period_end)) ?? lastOfMonth;
  if (first > last) throw new ValidationFailed([{ pointer: '?period_end', code: 'out_of_range', message: 'lies before period_start' }]);
  return { from: first, until: new Date(last.getTime() + DAY_MS), firstDay: dayOf(first), lastDay: dayOf(last) };
}
