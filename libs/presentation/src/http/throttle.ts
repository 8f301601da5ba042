import type { Caller } from '@aegis/application/shared/caller';
import type { CounterLabels } from '@aegis/application/shared/metrics';
import type { RateWindow } from '@aegis/application/shared/rate-limiter';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AddressBuckets } from './address-buckets';
import { Doorway } from './doorway';
import type { HttpOptions } from './http-options';
import { HttpProblem } from './problems/http-problem';
import { burstOf, rateLimitHeaders } from './rate-limit-headers';

/** Wrong keys, and wrong tickets, a second from one address, and how many at once, before it has to wait. */
const FAILURES = { ratePerSecond: 10, burst: 60 };
/** Calls that ask for no key (health, metrics, documentation, addresses that lead nowhere): more than any probe or scraper makes. */
const PUBLIC = { ratePerSecond: 100, burst: 500 };

/** Counted apart: whoever tries keys at an address holds up nobody there who has a ticket, and the other way round. */
export type Credential = 'key' | 'ticket';

type Reason = CounterLabels['aegis_rate_limited_total']['reason'];

/** How often each may ask. */
export class Throttle {
  private readonly failures: Readonly<Record<Credential, AddressBuckets>> = {
    key: new AddressBuckets(FAILURES.ratePerSecond, FAILURES.burst),
    ticket: new AddressBuckets(FAILURES.ratePerSecond, FAILURES.burst),
  };
  private readonly publicCalls = new AddressBuckets(PUBLIC.ratePerSecond, PUBLIC.burst);
  private readonly doorway = new Doorway();

  constructor(private readonly options: Pick<HttpOptions, 'rateLimiter' | 'rateLimitRps' | 'metrics'>) {}

  /** Throws `rate_limited`. All keys of a tenant draw from its window; none can starve another. */
  async ofCaller(
    reply: FastifyReply,
    { tenantId, keyId, rateLimitRps }: Pick<Caller, 'tenantId' | 'rateLimitRps'> & { readonly keyId: string },
  ): Promise<void> {
    await this.doorway.pass(tenantId); // a refusal is work too
    const ratePerSecond = rateLimitRps ?? this.options.rateLimitRps;
    await this.take(reply, { tenantId, member: keyId, ratePerSecond, burst: burstOf(ratePerSecond) }, 'tenant');
  }

  /** Throws `rate_limited`. `name` is whose window it is, and never a secret. */
  ofAdministrator(reply: FastifyReply, name = 'platform'): Promise<void> {
    const ratePerSecond = this.options.rateLimitRps;
    return this.take(reply, { tenantId: null, member: name, ratePerSecond, burst: burstOf(ratePerSecond) }, 'administrator');
  }

  /** Throws `rate_limited` for an address that calls too often what asks for no key. */
  ofPublicCall({ ip }: Pick<FastifyRequest, 'ip'>): void {
    const waitSeconds = this.publicCalls.take(ip);
    if (waitSeconds > 0) throw this.tooMany(waitSeconds, 'address');
  }

  /**
   * To be asked before a key or a ticket is looked up: throws `rate_limited` for an address that failed too often. Whoever has a right key
   * that is known here already is never held up by others behind the same address.
   */
  beforeLookUp({ ip }: Pick<FastifyRequest, 'ip'>, credential: Credential): void {
    const waitSeconds = this.failures[credential].waitOf(ip);
    if (waitSeconds > 0) throw this.tooMany(waitSeconds, 'failed_authentication');
  }

  /** What to answer after a failed authentication: guessing gets slow. */
  afterFailure({ ip }: Pick<FastifyRequest, 'ip'>, credential: Credential, problem: HttpProblem): HttpProblem {
    const waitSeconds = this.failures[credential].take(ip);
    return waitSeconds === 0 ? problem : this.tooMany(waitSeconds, 'failed_authentication');
  }

  private async take(reply: FastifyReply, window: RateWindow, reason: Reason): Promise<void> {
    const decision = await this.options.rateLimiter.take(window);
    void reply.headers(rateLimitHeaders(window, decision));
    if (!decision.admitted) throw this.tooMany(decision.retryAfterSeconds, reason);
  }

  private tooMany(retryAfterSeconds: number, reason: Reason): HttpProblem {
    this.options.metrics.count('aegis_rate_limited_total', { reason });
    return new HttpProblem('rate_limited', { headers: { 'retry-after': String(retryAfterSeconds) } });
  }
}
