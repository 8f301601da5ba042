import type { IdempotencyRepository } from './idempotency-repository';

/**
 * Called in the transaction that makes a result true, with that result: the idempotency key of the request gets its answer there, or
 * nothing happens at all. Throws when the key went to somebody else meanwhile.
 */
export type Completion<Result> = (tx: { readonly idempotency: IdempotencyRepository }, result: Result) => Promise<void>;

/** For requests without a key. */
export const unkeyed: Completion<unknown> = () => Promise.resolve();
