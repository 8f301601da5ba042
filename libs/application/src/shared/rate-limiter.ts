export interface RateDecision {
  readonly admitted: boolean;
  /** Whole requests that would be admitted right now. */
  readonly remaining: number;
  /** Seconds until the bucket is full again, rounded up. */
  readonly resetSeconds: number;
  /** Seconds until the next request is admitted, rounded up; 0 when this one was. */
  readonly retryAfterSeconds: number;
}

/** Token buckets, one for each name: full at the start, emptied by requests, filled again evenly. A refused request takes nothing. */
export abstract class RateLimiter {
  /** `ratePerSecond` fills the bucket, `burst` is how much it holds. */
  abstract consume(bucket: string, ratePerSecond: number, burst: number): Promise<RateDecision>;
}
