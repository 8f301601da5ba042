/** Rows of all tenants that are over by their date: idempotency keys, stream tickets. Known by their age alone. */
export abstract class ExpiredRows {
  /** Removes them; how many. */
  abstract remove(): Promise<number>;
}
