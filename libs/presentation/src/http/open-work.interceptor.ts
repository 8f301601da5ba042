import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, type Observable } from 'rxjs';
import type { OpenStreams } from './open-streams';

/** Work of a handler goes on behind the last byte of its answer: a key is given back, what was spent is written down. The end waits for it. */
export class OpenWorkInterceptor implements NestInterceptor {
  constructor(private readonly openStreams: Pick<OpenStreams, 'requestStarted' | 'requestEnded'>) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.openStreams.requestStarted();
    return next.handle().pipe(finalize(() => this.openStreams.requestEnded()));
  }
}
