import type { RateDecision, RateWindow } from '@aegis/application/shared/rate-limiter';

interface Share {
  tokens: number;
  /** Milliseconds at which `tokens` was right; also when the member was last seen. */
  at: number;
}

/** A window and the shares of those who drew from it lately. The script for Redis does the same, line by line: `take-script.ts`. */
export interface WindowState {
  tokens: number;
  at: number;
  readonly shares: Map<string, Share>;
}

/** A member that has not asked for so long gives its share back to the others. */
export const ACTIVE_MS = 10_000;
/** Members told apart; those who come on top draw as one. */
export const MAX_MEMBERS = 64;
export const THE_REST = 'rest';

export const fullWindow = (burst: number, at: number): WindowState => ({ tokens: burst, at, shares: new Map() });

/** Changes the state as one request of the member does. `at` in milliseconds. */
export function takeFrom(
  state: WindowState,
  { member: asking, ratePerSecond: rate, burst }: Omit<RateWindow, 'tenantId'>,
  at: number,
): RateDecision {
  state.tokens = Math.min(burst, state.tokens + (Math.max(0, at - state.at) / 1_000) * rate);
  state.at = at;
  for (const [name, share] of state.shares) if (at - share.at > ACTIVE_MS) state.shares.delete(name);
  const member = state.shares.has(asking) || state.shares.size < MAX_MEMBERS ? asking : THE_REST;
  const members = state.shares.size + (state.shares.has(member) ? 0 : 1);
  const shareRate = rate / members;
  const shareBurst = Math.max(1, burst / members);
  const shareOf = ({ tokens, at: since }: Share): number => Math.min(shareBurst, tokens + (Math.max(0, at - since) / 1_000) * shareRate);

  let kept = 0;
  for (const [name, share] of state.shares) if (name !== member) kept += shareOf(share);
  kept = Math.min(kept, burst - 1); // with more members than tokens, a full window still lets somebody through
  const known = state.shares.get(member);
  // Who is new begins with what nobody else was promised: promises that are not covered would be broken to somebody.
  const own = known === undefined ? Math.max(0, Math.min(shareBurst, state.tokens - kept)) : shareOf(known);
  const free = state.tokens - kept;
  const admitted = (state.tokens >= 1 && own >= 1) || free >= 1;
  if (admitted) state.tokens -= 1;
  const ownLeft = admitted ? Math.max(0, own - 1) : own;
  state.shares.set(member, { tokens: ownLeft, at });

  const { tokens } = state;
  const untilShare = Math.max((1 - tokens) / rate, (1 - ownLeft) / shareRate);
  const untilFree = (1 + kept - tokens) / rate;
  return {
    admitted,
    remaining: Math.max(0, Math.floor(Math.min(tokens, ownLeft)), Math.floor(tokens - kept)),
    resetSeconds: Math.ceil((burst - tokens) / rate),
    retryAfterSeconds: admitted ? 0 : Math.max(1, Math.ceil(Math.min(untilShare, untilFree))),
  };
}
