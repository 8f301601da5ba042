import type { Log } from '@aegis/application/shared/log';
import { DomainError } from '@aegis/domain/shared/domain-error';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OutOfTime, ShuttingDown } from './open-streams';
import { HttpProblem } from './problems/http-problem';
import { preferredLanguage } from './problems/language';
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problems/problem-document';
import { problemOf } from './problems/problem-of';
import { stateOf } from './request-state';

/** Every error, wherever it comes from, leaves as problem details; its cause goes to the log, under the same request id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    const problem = endedByUs(stateOf(request).ended) ?? problemOf(error);
    stateOf(request).problem = problem.code;
    if (reply.raw.headersSent || reply.raw.destroyed) {
      reply.raw.destroy(); // half of an answer is out, or nobody is there: all that can be said is that it ends here
      return;
    }
    logFailure(this.log, problem, request);
    const language = preferredLanguage(request.headers['accept-language']);
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, 'content-language': language, vary: 'Accept-Language', 'cache-control': 'no-store' })
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemDocument(problem, language, request.id)));
  }
}

/** Work that we ended fails in many ways: the reason why we did is the answer. */
function endedByUs(signal: AbortSignal | null): HttpProblem | null {
  if (signal?.reason instanceof ShuttingDown)
    return new HttpProblem('shutting_down', { headers: { 'retry-after': '5', connection: 'close' } });
  if (signal?.reason instanceof DomainError) return problemOf(signal.reason);
  return signal?.reason instanceof OutOfTime ? new HttpProblem('overloaded', { headers: { 'retry-after': '5' } }) : null;
}

/** Refusals are the client's business; what failed on our side is written down with its cause. */
export function logFailure(log: Log, problem: HttpProblem, request: FastifyRequest): void {
  if (problem.status < 500 || problem.code === 'shutting_down') return;
  const caller = stateOf(request).caller;
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    code: problem.code,
    ...(caller === null ? {} : { tenantId: caller.tenantId, keyId: caller.keyId }),
    cause: problem.cause,
  };
  if (problem.code === 'internal_error') log.error(fields, 'request failed');
  else log.warn(fields, 'request could not be served');
}
