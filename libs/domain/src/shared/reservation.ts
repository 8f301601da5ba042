import { MicroUsd } from './micro-usd';

/** Money set aside before a provider is called; afterwards posted (at what it cost) or voided, once. */
export interface Reservation {
  readonly id: string;
  /** First day of the month (UTC) whose budget carries it, `YYYY-MM-DD`. */
  readonly period: string;
  readonly amount: MicroUsd;
  /** The most tokens that a query can use, for tenants with a limit an hour; 0: they are not counted. */
  readonly tokens: number;
}

export const periodOf = (at: Date): string => `${at.toISOString().slice(0, 7)}-01`;

export function reservationOf(id: string, amounts: readonly MicroUsd[], at: Date, tokens = 0): Reservation {
  return { id, period: periodOf(at), amount: amounts.reduce((sum, amount) => MicroUsd.add(sum, amount), MicroUsd.zero), tokens };
}
