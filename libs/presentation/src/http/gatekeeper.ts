import type { CounterLabels } from '@aegis/application/shared/metrics';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPublicRoute, routeRulesOf, type Access } from './access';
import { bearerKeyOf, credentialNamesIn } from './bearer-key';
import type { HttpOptions } from './http-options';
import { HttpProblem } from './problems/http-problem';
import { problemOf } from './problems/problem-of';
import { burstOf, rateLimitHeaders } from './rate-limit-headers';
import { stateOf } from './request-state';
import type { RouteTable } from './route-table';

const MAX_HEADERS = 100;
const LIVENESS = '/v1/health/live';
/** Wrong keys a second from one address, and how many at once, before it has to wait. */
const FAILURES = { ratePerSecond: 10, burst: 60 };
const UNAUTHENTICATED = { headers: { 'www-authenticate': 'Bearer' } };

/**
 * Decides about a request before its body is read: is there such a route, who is it, may they, and not too often. It runs as a hook of
 * the root, so that no encoding of a path leads around it.
 */
export class Gatekeeper {
  constructor(
    private readonly options: HttpOptions,
    private readonly routes: RouteTable,
  ) {}

  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const isLiveness = request.routeOptions.url === LIVENESS; // the process lives until it ends: whoever kills the dead must not kill it
    if (this.options.openStreams.isClosing && !isLiveness) throw new HttpProblem('shutting_down', { headers: { connection: 'close' } });
    if (request.raw.rawHeaders.length > MAX_HEADERS * 2) throw new HttpProblem('bad_request', { status: 431 });
    const rules = routeRulesOf(request.routeOptions.config);
    this.refuseCredentialsInAddress(request, rules?.access ?? null);
    if (request.is404) throw this.noSuchRoute(request);
    if (rules === null) {
      if (isPublicRoute(request.method, request.routeOptions.url ?? '')) return;
      throw new HttpProblem('not_found');
    }
    void reply.header('cache-control', 'no-store');
    try {
      await this.authenticate(request, reply, rules.access);
    } catch (error) {
      const problem = problemOf(error);
      throw problem.code === 'unauthenticated' ? await this.afterFailure(request, problem) : problem;
    }
  }

  private refuseCredentialsInAddress(request: FastifyRequest, access: Access | null): void {
    const names = credentialNamesIn(request.query).filter((name) => !(access?.kind === 'ticket' && name === 'ticket'));
    if (names.length > 0) throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
  }

  private noSuchRoute(request: FastifyRequest): HttpProblem {
    const methods = this.routes.methodsOf(pathOf(request));
    return methods.length === 0
      ? new HttpProblem('not_found')
      : new HttpProblem('method_not_allowed', { headers: { allow: methods.join(', ') } });
  }

  private authenticate(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<void> {
    switch (access.kind) {
      case 'api_key':
        return this.asTenant(request, reply, access.scope);
      case 'platform_admin':
        return this.asAdministrator(request, reply);
      case 'ticket':
        return this.byTicket(request, reply);
    }
  }

  private async asTenant(request: FastifyRequest, reply: FastifyReply, scope: string): Promise<void> {
    const caller = await this.options.authenticator.authenticate(presentedKey(request));
    const state = stateOf(request);
    state.caller = caller;
    await this.throttle(reply, `tenant:${caller.tenantId}`, caller.rateLimitRps ?? this.options.rateLimitRps, 'tenant');
    if (!caller.scopes.some((held) => held === scope)) throw new HttpProblem('insufficient_scope', { parameters: { scope } });
  }

  private async asAdministrator(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = presentedKey(request);
    if (this.options.administrators.isAdminKey(key)) {
      await this.throttle(reply, 'administrator', this.options.rateLimitRps, 'administrator');
      return;
    }
    // A tenant's key is a valid credential, only not for this; anything else is nobody.
    const caller = await this.options.authenticator.authenticate(key);
    await this.throttle(reply, `tenant:${caller.tenantId}`, caller.rateLimitRps ?? this.options.rateLimitRps, 'tenant');
    throw new HttpProblem('insufficient_scope', { parameters: { scope: 'admin' } });
  }

  private async byTicket(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { ticket } = request.query as Readonly<Record<string, unknown>>;
    if (typeof ticket !== 'string' || ticket === '') throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
    const { caller, body } = await this.options.tickets.execute(ticket);
    const state = stateOf(request);
    state.caller = caller;
    state.ticketBody = body;
    await this.throttle(reply, `tenant:${caller.tenantId}`, caller.rateLimitRps ?? this.options.rateLimitRps, 'tenant');
  }

  private async throttle(reply: FastifyReply, bucket: string, rps: number, reason: RateLimitReason): Promise<void> {
    const decision = await this.options.rateLimiter.consume(bucket, rps, burstOf(rps));
    void reply.headers(rateLimitHeaders(rps, decision));
    if (!decision.admitted) throw this.tooMany(decision.retryAfterSeconds, reason);
  }

  /** Guessing keys gets slow; whoever has a right one is never held up by others behind the same address. */
  private async afterFailure(request: FastifyRequest, problem: HttpProblem): Promise<HttpProblem> {
    const decision = await this.options.rateLimiter.consume(`failures:${request.ip}`, FAILURES.ratePerSecond, FAILURES.burst);
    return decision.admitted ? problem : this.tooMany(decision.retryAfterSeconds, 'failed_authentication');
  }

  private tooMany(retryAfterSeconds: number, reason: RateLimitReason): HttpProblem {
    this.options.metrics.count('aegis_rate_limited_total', { reason });
    return new HttpProblem('rate_limited', { headers: { 'retry-after': String(retryAfterSeconds) } });
  }
}

type RateLimitReason = CounterLabels['aegis_rate_limited_total']['reason'];

function presentedKey(request: FastifyRequest): string {
  const key = bearerKeyOf(request.raw.rawHeaders);
  if (key === null) throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
  return key;
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';
