import { RateLimiter, type RateDecision } from '@aegis/application/shared/rate-limiter';
import { LRUCache } from 'lru-cache';

interface Bucket {
  tokens: number;
  /** Milliseconds of the clock at which `tokens` was right. */
  at: number;
}

/** Buckets kept at once; the one not used for longest is forgotten, which means that it is full again. */
const MAX_BUCKETS = 50_000;

/** Buckets of one process: right for the embedded profile. Several API processes each have their own, so that a key gets the rate from each. */
export class InMemoryRateLimiter extends RateLimiter {
  private readonly buckets: LRUCache<string, Bucket>;

  /** `now` in milliseconds from any start, never going back. */
  constructor(
    private readonly now: () => number = () => performance.now(),
    maxBuckets = MAX_BUCKETS,
  ) {
    super();
    this.buckets = new LRUCache({ max: maxBuckets });
  }

  consume(name: string, ratePerSecond: number, burst: number): Promise<RateDecision> {
    const at = this.now();
    const before = this.buckets.get(name) ?? { tokens: burst, at };
    const filled = Math.min(burst, before.tokens + ((at - before.at) / 1_000) * ratePerSecond);
    const admitted = filled >= 1;
    const tokens = admitted ? filled - 1 : filled;
    this.buckets.set(name, { tokens, at });
    return Promise.resolve({
      admitted,
      remaining: Math.floor(tokens),
      resetSeconds: Math.ceil((burst - tokens) / ratePerSecond),
      retryAfterSeconds: admitted ? 0 : Math.max(1, Math.ceil((1 - tokens) / ratePerSecond)),
    });
  }
}
