import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { of, throwError, timeout, type Observable } from 'rxjs';
import { HttpProblem } from './problems/http-problem';
import { stateOf } from './request-state';

/** Reading takes no longer: whoever waits is told to come again. */
const READ_MS = 10_000;

/**
 * The deadline of reading. What changes something is not cut off from its answer: nobody would know what became of it; nor is the question
 * behind a ticket, which costs the same as one that is posted. A stream that has begun has clocks of its own.
 */
export class DeadlineInterceptor implements NestInterceptor {
  constructor(private readonly readMs = READ_MS) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (request.method !== 'GET' || stateOf(request).ticketBody !== null) return next.handle();
    const { raw } = http.getResponse<FastifyReply>();
    const outOfTime = (): Observable<undefined> =>
      raw.headersSent ? of(undefined) : throwError(() => new HttpProblem('overloaded', { headers: { 'retry-after': '5' } }));
    return next.handle().pipe(timeout({ first: this.readMs, with: outOfTime }));
  }
}
