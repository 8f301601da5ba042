import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpOptions } from './http-options';
import { logFailure } from './problem.filter';
import { preferredLanguage } from './problems/language';
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problems/problem-document';
import { problemOf } from './problems/problem-of';
import { inTime, leftUntil } from './read-deadline';
import { stateOf } from './request-state';

const FAILURE_WAIT_MS = 1_000;

/** Writes every call of an administration route down before its answer leaves: what the trail does not know of, nobody gets. */
export class AdminAudit {
  constructor(private readonly options: Pick<HttpOptions, 'adminCalls' | 'log'>) {}

  /** As Fastify's `onSend` hook; returns what is sent. Changes wrote their entry with themselves, and too many calls are no calls. */
  async beforeAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const { adminCall, problem, readUntil } = stateOf(request);
    if (adminCall === null || adminCall.isRecorded) return payload;
    adminCall.isRecorded = true; // or not at all: there is one attempt
    try {
      const { actor, ownTenant, target } = adminCall;
      const about = { requestId: request.id, method: request.method, route: request.routeOptions.url ?? 'none' };
      const written = this.options.adminCalls.append({ actor, ownTenant, target, ...about, status: reply.statusCode, code: problem });
      // With an answer that says only that there is none nothing is lost: its entry follows when the database can be asked again.
      const patience = readUntil === null ? null : leftUntil(readUntil);
      await inTime(reply.statusCode >= 500 ? FAILURE_WAIT_MS : patience, written);
      return payload;
    } catch (error) {
      return reply.statusCode >= 500 ? payload : this.failed(request, reply, error);
    }
  }

  private failed(request: FastifyRequest, reply: FastifyReply, error: unknown): string {
    const problem = problemOf(error);
    stateOf(request).problem = problem.code;
    logFailure(this.options.log, problem, request);
    const language = preferredLanguage(request.headers['accept-language']);
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, 'content-language': language, 'content-type': PROBLEM_MEDIA_TYPE })
      .removeHeader('content-length');
    return JSON.stringify(problemDocument(problem, language, request.id));
  }
}
