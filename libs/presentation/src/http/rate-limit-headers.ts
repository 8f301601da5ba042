import type { RateDecision, RateWindow } from '@aegis/application/shared/rate-limiter';

/** Burst that a rate comes with: two seconds' worth. */
export const burstOf = (ratePerSecond: number): number => Math.max(1, Math.ceil(ratePerSecond * 2));

/** Structured fields of the IETF draft: the policy (quota `q` in a window of `w` seconds), then what remains `r` and when it is full again `t`. */
export function rateLimitHeaders({ ratePerSecond, burst }: RateWindow, decision: RateDecision): Record<string, string> {
  return {
    'ratelimit-policy': `"requests";q=${burst};w=${Math.max(1, Math.ceil(burst / ratePerSecond))}`,
    ratelimit: `"requests";r=${decision.remaining};t=${decision.resetSeconds}`,
  };
}
