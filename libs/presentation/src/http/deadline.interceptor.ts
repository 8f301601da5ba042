import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { of, throwError, timeout, type Observable } from 'rxjs';
import { leftUntil, outOfTime } from './read-deadline';
import { stateOf } from './request-state';

/** The deadline of reading, for the part that a handler has in it. A stream that has begun has clocks of its own. */
export class DeadlineInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { readUntil } = stateOf(http.getRequest<FastifyRequest>());
    if (readUntil === null) return next.handle();
    const { raw } = http.getResponse<FastifyReply>();
    const late = (): Observable<undefined> => (raw.headersSent ? of(undefined) : throwError(outOfTime));
    return next.handle().pipe(timeout({ first: leftUntil(readUntil), with: late }));
  }
}
