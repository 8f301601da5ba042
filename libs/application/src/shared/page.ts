/** One page of a list that is ordered by (time, id), newest first. */
export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** The last row of the page before, or null for the first page. */
  readonly after: PagePosition | null;
}

export interface PagePosition {
  /** ISO time with microseconds, exactly as the database keeps it. */
  readonly at: string;
  readonly id: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null on the last page. */
  readonly next: PagePosition | null;
}
