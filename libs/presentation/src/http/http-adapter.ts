import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from './problems/http-problem';
import { preferredLanguage } from './problems/language';
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problems/problem-document';
import { requestIdOf } from './request-id';

export interface HttpAdapterOptions {
  /** Addresses of proxies whose forwarded headers are believed. */
  readonly trustProxy: readonly string[];
}

/** What proxies write, and RFC 9112 asks of every server to read; host and scheme decide nothing here. */
const ABSOLUTE = /^https?:\/\/[^/?#]*/i;
/** Addresses that keep their path; every other one lives under `v1` and answers without it too. */
const OWN = /^\/(?:v1|docs|openapi\.json)(?:[/?-]|$)/;
const DOCS_ALIAS = /^\/v1(?=\/(?:docs|openapi\.json)(?:[/?-]|$))/;
/** Receiving one request, the largest upload on a slow line included; answers may take longer. */
const RECEIVE_MS = 600_000;
/** A connection on which nothing moves for so long is cut: whoever does not read is gone. No answer is silent for longer. */
const SILENCE_MS = 180_000;

export function createHttpAdapter({ trustProxy }: HttpAdapterOptions = { trustProxy: [] }): FastifyAdapter {
  return new FastifyAdapter({
    rewriteUrl: (request: { readonly url?: string | undefined }) => rewritten(request.url ?? '/'),
    genReqId: (request: IncomingMessage) => requestIdOf(request),
    requestIdHeader: false,
    trustProxy: trustProxy.length === 0 ? false : [...trustProxy],
    exposeHeadRoutes: true, // with the access of their GET, and through the same hooks
    routerOptions: { maxParamLength: 1_024 },
    requestTimeout: RECEIVE_MS,
    keepAliveTimeout: 5_000,
    maxRequestsPerSocket: 1_000,
    connectionTimeout: SILENCE_MS,
    // The gatekeeper asks for a Host itself: Node would refuse without a word.
    http: { maxHeaderSize: 16_384, headersTimeout: 10_000, connectionsCheckingInterval: 2_000, requireHostHeader: false },
    forceCloseConnections: true, // open streams are ended by OpenStreams first
    return503OnClosing: false, // the gatekeeper says so, in our words
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  });
}

export function rewritten(asked: string): string {
  const url = asked.replace(ABSOLUTE, '').replace(/^(?!\/)/, '/');
  return OWN.test(url) ? url.replace(DOCS_ALIAS, '') : `/v1${url}`;
}

/** An address that no router can read. It is answered before any hook runs. */
function answerFrameworkError(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new HttpProblem('bad_request');
  const language = preferredLanguage(request.headers['accept-language']);
  void reply
    .code(problem.status)
    .headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff', 'content-language': language })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problemDocument(problem, language, request.id)));
}

/** What Node's own parser refuses: there is no request yet, only a socket. */
function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const requestId = requestIdOf({ headers: {} });
  const body = JSON.stringify(problemDocument(new HttpProblem('bad_request', { status }), 'en', requestId));
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end([...head, `x-request-id: ${requestId}`, 'x-content-type-options: nosniff', 'connection: close', '', body].join('\r\n'));
}

const REASONS: Readonly<Record<400 | 408 | 431, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
