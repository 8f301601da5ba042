import { randomUUID } from 'node:crypto';
import type { Log } from '@aegis/application/shared/log';
import type { Metrics } from '@aegis/application/shared/metrics';
import { RateLimiter, type RateDecision, type RateWindow } from '@aegis/application/shared/rate-limiter';
import { LRUCache } from 'lru-cache';
import { InMemoryRateLimiter } from './in-memory-rate-limiter';
import { RedisScripts, script } from './redis-scripts';
import { ALIVE_SCRIPT, TAKE_SCRIPT } from './take-script';

const TAKE = script(TAKE_SCRIPT);
const ALIVE = script(ALIVE_SCRIPT);
/** The longest that a request waits for Redis. */
const TIMEOUT_MS = 100;
/** How often this process says that it lives, and looks whether Redis is back. */
const BEAT_MS = 1_000;
const GONE_AFTER_SECONDS = 15;
const REOPEN_BEATS = 10;
/** Of refusals that are repeated without asking Redis. */
const MAX_REFUSED = 10_000;
/** Who waits longer is seen by Redis all the same: a member that asks in vain still asks. */
const MAX_REFUSED_MS = 1_000;

/**
 * Windows in Redis, which all processes share. When Redis does not answer, each process counts by itself with its part of the rate, at
 * once and without asking again, until a heartbeat finds Redis back: no request waits for a server that is away.
 */
export class RedisRateLimiter extends RateLimiter {
  private readonly redis: RedisScripts;
  private readonly local = new InMemoryRateLimiter();
  /** What was refused, for as long as Redis could only say the same again: a crowd that came at once asks it once. */
  private readonly refused = new LRUCache<string, RateDecision>({ max: MAX_REFUSED, ttl: MAX_REFUSED_MS, ttlResolution: 0 });
  private readonly name = randomUUID();
  private readonly timer: NodeJS.Timeout;
  /** The first look at Redis; requests that come before it wait for it. */
  private readonly opened: Promise<void>;
  private isShared = true;
  private silentBeats = 0;
  private isClosed = false;
  /** Processes that drew from the same windows when Redis was last there. */
  private processes = 1;

  constructor(
    url: string,
    private readonly log: Log,
    private readonly metrics: Pick<Metrics, 'count' | 'gauge'>,
  ) {
    super();
    this.redis = new RedisScripts(url, TIMEOUT_MS);
    this.timer = setInterval(() => void this.opened.then(() => this.beat()), BEAT_MS).unref();
    this.opened = this.redis.opened().then(() => this.beat());
  }

  async take(window: RateWindow): Promise<RateDecision> {
    await this.opened;
    if (this.isShared) {
      const { member, ratePerSecond, burst } = window;
      const [key, name] = [keyOf(window), JSON.stringify([keyOf(window), member, ratePerSecond, burst])];
      const refusal = this.refused.get(name);
      if (refusal !== undefined) return refusal;
      try {
        const { decision, waitMs } = answerOf(await this.redis.run(TAKE, key, member, ratePerSecond, burst));
        if (waitMs > 0) this.refused.set(name, decision, { ttl: Math.min(waitMs, MAX_REFUSED_MS) });
        return decision;
      } catch (error) {
        this.lost(error);
      }
    }
    this.metrics.count('aegis_rate_limit_fallbacks_total', {});
    const { ratePerSecond, burst } = window;
    return this.local.take({ ...window, ratePerSecond: ratePerSecond / this.processes, burst: Math.max(1, burst / this.processes) });
  }

  close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    this.redis.close();
    return Promise.resolve();
  }

  private async beat(): Promise<void> {
    try {
      const living = await this.redis.run(ALIVE, 'aegis:platform:rate:processes', this.name, GONE_AFTER_SECONDS);
      if (typeof living === 'number') this.processes = Math.max(1, living);
      if (!this.isShared) this.log.info({ stage: 'rate-limits', count: this.processes }, 'rate limits are shared again');
      this.isShared = true;
      this.silentBeats = 0;
      this.metrics.gauge('aegis_rate_limits_shared', {}, 1);
    } catch (error) {
      this.lost(error);
      if (++this.silentBeats % REOPEN_BEATS === 0) this.redis.reopen();
    }
  }

  private lost(cause: unknown): void {
    if (this.isClosed) return;
    if (this.isShared)
      this.log.warn({ stage: 'rate-limits', count: this.processes, cause }, 'rate limits are counted in this process alone');
    this.isShared = false;
    this.metrics.gauge('aegis_rate_limits_shared', {}, 0);
  }
}

const keyOf = ({ tenantId, member }: RateWindow): string =>
  tenantId === null ? `aegis:platform:rate:administrator:${member}` : `aegis:t:${tenantId}:rate:requests`;

function answerOf(answer: unknown): { readonly decision: RateDecision; readonly waitMs: number } {
  if (!Array.isArray(answer) || answer.length !== 5) throw new Error('Redis gave another answer than the script does');
  const [admitted, remaining = 0, resetSeconds = 0, retryAfterSeconds = 0, waitMs = 0] = answer.map(Number);
  return { decision: { admitted: admitted === 1, remaining, resetSeconds, retryAfterSeconds }, waitMs };
}
