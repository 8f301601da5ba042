import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeadlineInterceptor } from './deadline.interceptor';
import { EventStream } from './event-stream';
import { Gatekeeper } from './gatekeeper';
import { OutOfTime } from './open-streams';
import { OpenWorkInterceptor } from './open-work.interceptor';
import type { HttpOptions } from './http-options';
import { InputPipe } from './input.pipe';
import { parseJsonBody } from './json-body';
import { logFailure, ProblemFilter } from './problem.filter';
import { HttpProblem } from './problems/http-problem';
import { inTime, leftUntil, readUntil } from './read-deadline';
import { ReplyInterceptor } from './reply.interceptor';
import { routeRulesOf } from './access';
import { AdminAudit } from './admin-audit';
import { stateOf } from './request-state';
import { RouteTable } from './route-table';
import { StreamWatch } from './stream-watch';
import { UnknownQueryGuard } from './unknown-query.guard';

/** Everything between a socket and a controller. Call it once, before `app.init()`, on an app made with `bodyParser: false`. */
export async function configureHttp(app: NestFastifyApplication, options: HttpOptions): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  const routes = new RouteTable();
  server.server.maxConnections = MAX_CONNECTIONS;
  const gatekeeper = new Gatekeeper(options, routes);
  const watch = new StreamWatch(options.keyStanding);

  server.addHook('onRoute', ({ method, url, config }) => routes.add({ method, url, config }));
  // Helmet goes first, so that its headers are on refusals too.
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    hsts: false, // said by whatever ends TLS in front of us
    crossOriginEmbedderPolicy: false,
  });
  server.addHook('onRequest', (request, reply, done) => {
    options.traces.within(traceparentOf(request), () => {
      begin(request, reply, options, watch);
      done(); // everything that follows belongs to the trace
    });
  });
  server.addHook('onRequest', (request, reply) => {
    const { readUntil } = stateOf(request);
    return inTime(readUntil === null ? null : leftUntil(readUntil), gatekeeper.admit(request, reply));
  });
  const adminAudit = new AdminAudit(options);
  server.addHook('onSend', (request, _reply, payload, done) => {
    // Before the answer: whoever reads it may come again at once.
    if (stateOf(request).giveTicketBack === null) done(null, payload);
    else void giveTicketBack(request, options).then(() => done(null, payload));
  });
  server.addHook('onSend', (request, reply, payload) => adminAudit.beforeAnswer(request, reply, payload));
  takeOnlyKnownBodies(server);

  app.setGlobalPrefix('v1');
  app.useGlobalGuards(new UnknownQueryGuard());
  app.useGlobalPipes(new InputPipe());
  app.useGlobalInterceptors(new DeadlineInterceptor(), new OpenWorkInterceptor(options.openStreams), new ReplyInterceptor());
  app.useGlobalFilters(new ProblemFilter(options.log));
}

/** More than one address can hold open, fewer than a process has file handles: one more is closed as it comes. */
const MAX_CONNECTIONS = 4_096;

/** Swagger UI needs its styles inline; nothing else is loaded from anywhere else. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
};

/** A ticket is spent by a stream that opens: what is answered as a whole, or nobody waited for, was none. */
async function giveTicketBack(request: FastifyRequest, { log }: HttpOptions): Promise<void> {
  const state = stateOf(request);
  const { giveTicketBack: giveBack } = state;
  state.giveTicketBack = null;
  await giveBack?.().catch((cause: unknown) => log.warn({ requestId: request.id, cause }, 'a ticket could not be given back'));
}

function begin(request: FastifyRequest, reply: FastifyReply, options: HttpOptions, watch: StreamWatch): void {
  const { openStreams, log, metrics } = options;
  const traceId = options.traces.traceId(); // the end of an answer comes from its socket, which knows no trace
  const startedAt = performance.now();
  void reply.header('x-request-id', request.id);
  openStreams.requestStarted();
  const state = stateOf(request);
  state.readUntil = readUntil(request, options.readTimeoutMs);
  state.openStream = () => new EventStream(request, reply, openStreams, watch, (problem) => logFailure(log, problem, request));
  state.endsWithServer = (controller) => {
    openStreams.add(controller, 'answer');
    const patience = setTimeout(() => controller.abort(new OutOfTime('the deadline has passed')), WORK_MS);
    reply.raw.once('close', () => {
      clearTimeout(patience);
      openStreams.delete(controller);
    });
  };
  // The response's own event: it also comes for a stream that its client left, where Fastify's hooks stay silent.
  reply.raw.once('close', () => {
    openStreams.requestEnded();
    if (state.giveTicketBack !== null) void giveTicketBack(request, options);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (state.problem === 'token_rate_limited') metrics.count('aegis_rate_limited_total', { reason: 'tokens' });
    const route = request.routeOptions.url ?? 'none';
    const status = reply.raw.writableEnded ? reply.raw.statusCode : CLIENT_LEFT;
    metrics.observe(
      'http_server_request_duration_seconds',
      { method: methodLabel(request.method), route, status: String(status) },
      seconds,
    );
    log.info(
      {
        requestId: request.id,
        ...(traceId === null ? {} : { traceId }),
        method: methodLabel(request.method),
        route,
        status,
        durationMs: Math.round(seconds * 1_000),
        ...(state.caller === null ? {} : { tenantId: state.caller.tenantId, keyId: state.caller.keyId }),
        ...(state.problem === null ? {} : { code: state.problem }),
      },
      'request',
    );
  });
}

/** One text, also of a header that came twice. */
function traceparentOf({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** The longest that work for one answer may take; a model has two minutes of it. */
const WORK_MS = 150_000;
/** As proxies write it down when a client did not wait for its answer. */
const CLIENT_LEFT = 499;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const methodLabel = (method: string): string => (METHODS.includes(method) ? method : 'other');

/** JSON is parsed here; a form is left to the one route that takes it, which streams it; the rest is 415. */
function takeOnlyKnownBodies(server: ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', (request: FastifyRequest, raw: IncomingMessage) => parseJsonBody(request, raw));
  server.addContentTypeParser('multipart/form-data', (request: FastifyRequest, _raw, done) => {
    const takesForms = routeRulesOf(request.routeOptions.config)?.body === 'multipart';
    done(takesForms ? null : new HttpProblem('unsupported_media_type'), undefined);
  });
}
