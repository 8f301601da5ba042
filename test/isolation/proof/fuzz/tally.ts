/** How often each operation was asked, and how often it did what it is for. */
export class Tally {
  requests = 0;
  comparisons = 0;
  /** At what is stored of a tenant. */
  looks = 0;
  readonly asked = new Map<string, number>();
  readonly succeeded = new Map<string, number>();

  count(operation: string, status: number): void {
    this.asked.set(operation, (this.asked.get(operation) ?? 0) + 1);
    if (status < 300) this.succeeded.set(operation, (this.succeeded.get(operation) ?? 0) + 1);
  }
}
