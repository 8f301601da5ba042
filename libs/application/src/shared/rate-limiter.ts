import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** A window of a tenant, whose members are its keys, or of one administrator. */
export interface RateWindow {
  /** Null: an administrator's, who draws alone. */
  readonly tenantId: TenantId | null;
  /** Who draws: a short name without secrets. All members of a tenant together never get more than its window holds. */
  readonly member: string;
  /** Fills the window, evenly. */
  readonly ratePerSecond: number;
  /** How much it holds. */
  readonly burst: number;
}

export interface RateDecision {
  readonly admitted: boolean;
  /** Whole requests of this member that would be admitted right now. */
  readonly remaining: number;
  /** Seconds until the window is full again, rounded up. */
  readonly resetSeconds: number;
  /** Seconds until this member's next request can be admitted, rounded up; 0 when this one was. */
  readonly retryAfterSeconds: number;
}

/**
 * Token buckets: full at the start, emptied by requests, filled again evenly. A refused request takes nothing. A member that draws alone
 * may take all of it. As soon as others draw too, each has an equal share of the rate kept for it, and what one leaves the others may
 * take: none can starve another. Never rejects.
 */
export abstract class RateLimiter {
  abstract take(window: RateWindow): Promise<RateDecision>;
  abstract close(): Promise<void>;
}
