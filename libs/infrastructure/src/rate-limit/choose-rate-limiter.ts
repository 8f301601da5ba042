import type { Metrics } from '@aegis/application/shared/metrics';
import type { RateLimiter } from '@aegis/application/shared/rate-limiter';
import type { Platform } from '../wiring/platform';
import { InMemoryRateLimiter } from './in-memory-rate-limiter';
import { RedisRateLimiter } from './redis-rate-limiter';

/** Several processes share what Redis counts; one process alone needs no Redis. */
export const chooseRateLimiter = ({ settings: { profile, redisUrl }, log }: Platform, metrics: Metrics): RateLimiter =>
  profile === 'production' && redisUrl !== undefined ? new RedisRateLimiter(redisUrl, log, metrics) : new InMemoryRateLimiter();
