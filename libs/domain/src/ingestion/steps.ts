/**
 * Work that can be put down between two steps, so that a long document leaves others a turn. Every step tells about how many characters
 * it has read. The result is the same however long the pauses are.
 */
export type Steps<T> = Generator<number, T, void>;

/** All steps at once. */
export function resultOf<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
