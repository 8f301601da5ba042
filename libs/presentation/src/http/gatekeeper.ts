import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasHead, isPublicRoute, routeRulesOf, type Access } from './access';
import { credentialNamesIn } from './bearer-key';
import type { HttpOptions } from './http-options';
import { Identification } from './identification';
import { HttpProblem } from './problems/http-problem';
import { problemOf } from './problems/problem-of';
import type { RouteTable } from './route-table';
import { Throttle } from './throttle';

const MAX_HEADERS = 100;
const LIVENESS = '/v1/health/live';
const UNAUTHENTICATED = { headers: { 'www-authenticate': 'Bearer' } };

/**
 * Decides about a request before its body is read: is there such a route, who is it, may they, and not too often. It runs as a hook of
 * the root, so that no encoding of a path leads around it.
 */
export class Gatekeeper {
  private readonly throttle: Throttle;
  private readonly identification: Identification;

  constructor(
    private readonly options: HttpOptions,
    private readonly routes: RouteTable,
  ) {
    this.throttle = new Throttle(options);
    this.identification = new Identification(options, this.throttle);
  }

  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const isLiveness = request.routeOptions.url === LIVENESS; // the process lives until it ends: whoever kills the dead must not kill it
    if (this.options.openStreams.isClosing && !isLiveness) throw new HttpProblem('shutting_down', { headers: { connection: 'close' } });
    if (!namesOneHost(request)) throw new HttpProblem('bad_request');
    if (request.raw.rawHeaders.length > MAX_HEADERS * 2) throw new HttpProblem('bad_request', { status: 431 });
    const rules = routeRulesOf(request.routeOptions.config);
    const access = rules?.access ?? null;
    if (hasCredentialInAddress(request, access))
      throw this.afterFailure(request, access, new HttpProblem('unauthenticated', UNAUTHENTICATED));
    if (request.is404 || (request.method === 'HEAD' && !hasHead(access))) {
      this.throttle.ofPublicCall(request);
      throw this.noSuchRoute(request);
    }
    if (rules === null) {
      if (!isPublicRoute(request.method, request.routeOptions.url ?? '')) throw new HttpProblem('not_found');
      if (!isLiveness) this.throttle.ofPublicCall(request);
      return;
    }
    void reply.header('cache-control', 'no-store');
    try {
      await this.identification.of(request, reply, rules.access);
    } catch (error) {
      const problem = problemOf(error);
      throw problem.code === 'unauthenticated' ? this.afterFailure(request, access, problem) : problem;
    }
  }

  /** Who could not be told from nobody leaves a number, a log line until they are too many, and no row that anybody could multiply. */
  private afterFailure(request: FastifyRequest, access: Access | null, problem: HttpProblem): HttpProblem {
    const area = access?.kind === 'administrator' || access?.kind === 'bootstrap_key' ? 'admin' : 'tenant';
    this.options.metrics.count('aegis_failed_authentications_total', { area });
    const answer = this.throttle.afterFailure(request, access?.kind === 'ticket' ? 'ticket' : 'key', problem);
    if (area === 'admin' && answer === problem) {
      this.options.log.warn({ requestId: request.id, route: request.routeOptions.url ?? 'none' }, 'not an administrator');
    }
    return answer;
  }

  private noSuchRoute(request: FastifyRequest): HttpProblem {
    const methods = this.routes.methodsOf(pathOf(request));
    return methods.length === 0
      ? new HttpProblem('not_found')
      : new HttpProblem('method_not_allowed', { headers: { allow: methods.join(', ') } });
  }
}

const hasCredentialInAddress = (request: FastifyRequest, access: Access | null): boolean =>
  credentialNamesIn(request.query).some((name) => !(access?.kind === 'ticket' && name === 'ticket'));

/** RFC 9112, 3.2: exactly one Host; only HTTP/1.0 may do without. Node shows the first of two. */
function namesOneHost({ raw }: FastifyRequest): boolean {
  const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  return hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0');
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';
