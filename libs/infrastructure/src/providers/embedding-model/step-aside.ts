/** About what is left of a search on two processors once its question came to be embedded, in milliseconds. */
const REST_OF_A_SEARCH_MS = 60;
/** The longest that a piece of work waits, in milliseconds: documents go on, however many search. */
const LONGEST_PAUSE_MS = 150;

/**
 * When work that nobody waits for goes on beside searches on the same machine: a search shares processors and caches with it and takes twice
 * as long. So a piece begins between searches, or after a while. Times are those of `performance.now()`.
 */
export class StepAside {
  private searchUntil = 0;
  private waitingSince: number | undefined;

  /** A search began at `now`. */
  search(now: number): void {
    this.searchUntil = now + REST_OF_A_SEARCH_MS;
  }

  /** Milliseconds that the next piece waits from `now` on, if no other search comes meanwhile; 0: it begins. */
  pauseMs(now: number): number {
    this.waitingSince ??= now;
    const leftMs = Math.min(this.searchUntil, this.waitingSince + LONGEST_PAUSE_MS) - now;
    if (leftMs > 0) return leftMs;
    this.waitingSince = undefined;
    return 0;
  }
}
