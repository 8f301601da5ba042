import { RateLimiter, type RateDecision, type RateWindow } from '@aegis/application/shared/rate-limiter';
import { LRUCache } from 'lru-cache';
import { fullWindow, takeFrom, type WindowState } from './window-state';

/** Windows kept at once; the one not used for longest is forgotten, which means that it is full again. */
const MAX_WINDOWS = 50_000;

/** Windows of one process: right for the embedded profile, and what is left to a process that cannot reach the others. */
export class InMemoryRateLimiter extends RateLimiter {
  private readonly windows: LRUCache<string, WindowState>;

  /** `now` in milliseconds from any start, never going back. */
  constructor(
    private readonly now: () => number = () => performance.now(),
    maxWindows = MAX_WINDOWS,
  ) {
    super();
    this.windows = new LRUCache({ max: maxWindows });
  }

  take(window: RateWindow): Promise<RateDecision> {
    const name = window.tenantId ?? `platform:${window.member}`;
    const at = this.now();
    const state = this.windows.get(name) ?? fullWindow(window.burst, at);
    this.windows.set(name, state);
    return Promise.resolve(takeFrom(state, window, at));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
