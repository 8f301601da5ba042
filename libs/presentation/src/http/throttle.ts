import type { Caller } from '@aegis/application/shared/caller';
import type { CounterLabels } from '@aegis/application/shared/metrics';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpOptions } from './http-options';
import { HttpProblem } from './problems/http-problem';
import { burstOf, rateLimitHeaders } from './rate-limit-headers';

/** Wrong keys a second from one address, and how many at once, before it has to wait. */
const FAILURES = { ratePerSecond: 10, burst: 60 };

type Reason = CounterLabels['aegis_rate_limited_total']['reason'];

/** How often each may ask. */
export class Throttle {
  constructor(private readonly options: Pick<HttpOptions, 'rateLimiter' | 'rateLimitRps' | 'metrics'>) {}

  /** Throws `rate_limited`. */
  ofCaller(reply: FastifyReply, { tenantId, rateLimitRps }: Caller): Promise<void> {
    return this.consume(reply, `tenant:${tenantId}`, rateLimitRps ?? this.options.rateLimitRps, 'tenant');
  }

  /** Throws `rate_limited`. */
  ofAdministrator(reply: FastifyReply): Promise<void> {
    return this.consume(reply, 'administrator', this.options.rateLimitRps, 'administrator');
  }

  /** What to answer after a failed authentication. Guessing keys gets slow; whoever has a right one is never held up by others behind the same address. */
  async afterFailure(request: FastifyRequest, problem: HttpProblem): Promise<HttpProblem> {
    const decision = await this.options.rateLimiter.consume(`failures:${request.ip}`, FAILURES.ratePerSecond, FAILURES.burst);
    return decision.admitted ? problem : this.tooMany(decision.retryAfterSeconds, 'failed_authentication');
  }

  private async consume(reply: FastifyReply, bucket: string, rps: number, reason: Reason): Promise<void> {
    const decision = await this.options.rateLimiter.consume(bucket, rps, burstOf(rps));
    void reply.headers(rateLimitHeaders(rps, decision));
    if (!decision.admitted) throw this.tooMany(decision.retryAfterSeconds, reason);
  }

  private tooMany(retryAfterSeconds: number, reason: Reason): HttpProblem {
    this.options.metrics.count('aegis_rate_limited_total', { reason });
    return new HttpProblem('rate_limited', { headers: { 'retry-after': String(retryAfterSeconds) } });
  }
}
