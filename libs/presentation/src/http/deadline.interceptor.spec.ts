import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { delay, lastValueFrom, of } from 'rxjs';
import { DeadlineInterceptor } from './deadline.interceptor';
import { readUntil } from './read-deadline';
import { stateOf } from './request-state';

/** A request of this method, to a route of this access, whose handler answers after so many milliseconds. */
function answered(method: string, afterMs: number, { headersSent = false, access = 'api_key' } = {}): Promise<unknown> {
  const config = { aegis: { access: { kind: access } } };
  const request = { method, raw: {} as IncomingMessage, routeOptions: { config } } as unknown as FastifyRequest;
  stateOf(request).readUntil = readUntil(request, 50);
  const http = { getRequest: () => request, getResponse: () => ({ raw: { headersSent } }) };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  return lastValueFrom(new DeadlineInterceptor().intercept(context, { handle: () => of('answer').pipe(delay(afterMs)) }));
}

describe('the deadline of an answer', () => {
  it('lets what is quick through', async () => {
    expect(await answered('GET', 1)).toBe('answer');
  });

  it('ends reading that takes too long', async () => {
    for (const method of ['GET', 'HEAD']) {
      await expect(answered(method, 400)).rejects.toMatchObject({ code: 'overloaded', status: 503 });
    }
  });

  it('lets changes come to their end, and streams that have begun', async () => {
    expect(await answered('DELETE', 400)).toBe('answer');
    expect(await answered('GET', 400, { headersSent: true })).toBeUndefined();
  });

  it('is not that of a question, which a ticket asks with a GET: it is spent and paid', async () => {
    expect(await answered('GET', 400, { access: 'ticket' })).toBe('answer');
  });
});
