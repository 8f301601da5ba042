import { Readable } from 'node:stream';
import { StreamableFile, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Reply } from './reply';

/** Carries out a Reply: controllers say what they answer and know nothing of the server. */
export class ReplyInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(map((answer: unknown) => (answer instanceof Reply ? carryOut(answer, context.switchToHttp().getResponse()) : answer)));
  }
}

function carryOut({ body, headers, status }: Reply<unknown>, reply: FastifyReply): unknown {
  void reply.headers(headers);
  if (status !== undefined) void reply.status(status);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return isAsyncIterable(body) ? new StreamableFile(Readable.from(body)) : body;
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<string> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
