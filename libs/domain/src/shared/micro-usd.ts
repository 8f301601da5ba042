import type { Brand } from './brand';

/** Money inside AEGIS: integer millionths of a US dollar. */
export type MicroUsd = Brand<number, 'MicroUsd'>;

export const MicroUsd = {
  zero: 0 as MicroUsd,
  /** Rounds up to the next millionth: a cost is never booked below what it was. */
  ceil: (amount: number): MicroUsd => Math.ceil(amount - 1e-9) as MicroUsd,
  of(amount: number): MicroUsd {
    if (!Number.isSafeInteger(amount)) throw new RangeError('micro-USD must be a safe integer');
    return amount as MicroUsd;
  },
  fromUsd: (usd: number): MicroUsd => MicroUsd.of(Math.round(usd * 1e6)),
  toUsd: (amount: MicroUsd): number => amount / 1e6,
  add: (a: MicroUsd, b: MicroUsd): MicroUsd => (a + b) as MicroUsd,
  /** Of none: zero. */
  max: (amounts: readonly MicroUsd[]): MicroUsd => Math.max(0, ...amounts) as MicroUsd,
};
