import type { RateDecision } from '@aegis/application/shared/rate-limiter';

/** Burst that a rate comes with: two seconds' worth. */
export const burstOf = (ratePerSecond: number): number => Math.max(1, Math.ceil(ratePerSecond * 2));

/** Structured fields of the IETF draft: the policy (quota `q` in a window of `w` seconds), then what remains `r` and when it is full again `t`. */
export function rateLimitHeaders(ratePerSecond: number, decision: RateDecision): Record<string, string> {
  const quota = burstOf(ratePerSecond);
  return {
    'ratelimit-policy': `"requests";q=${quota};w=${Math.max(1, Math.ceil(quota / ratePerSecond))}`,
    ratelimit: `"requests";r=${decision.remaining};t=${decision.resetSeconds}`,
  };
}
