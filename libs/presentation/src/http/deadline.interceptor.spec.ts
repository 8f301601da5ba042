import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { delay, lastValueFrom, of } from 'rxjs';
import { DeadlineInterceptor } from './deadline.interceptor';
import { stateOf } from './request-state';

/** A request of this method whose handler answers after so many milliseconds. */
function answered(method: string, afterMs: number, { headersSent = false, byTicket = false } = {}): Promise<unknown> {
  const request = { method, raw: {} as IncomingMessage };
  if (byTicket) stateOf(request).ticketBody = { query: 'asked before' };
  const http = { getRequest: () => request, getResponse: () => ({ raw: { headersSent } }) };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  return lastValueFrom(new DeadlineInterceptor(50).intercept(context, { handle: () => of('answer').pipe(delay(afterMs)) }));
}

describe('the deadline of an answer', () => {
  it('lets what is quick through', async () => {
    expect(await answered('GET', 1)).toBe('answer');
  });

  it('ends reading that takes too long', async () => {
    await expect(answered('GET', 400)).rejects.toMatchObject({ code: 'overloaded', status: 503 });
  });

  it('lets changes come to their end, and streams that have begun', async () => {
    expect(await answered('DELETE', 400)).toBe('answer');
    expect(await answered('GET', 400, { headersSent: true })).toBeUndefined();
  });

  it('is not that of a question, which a ticket asks with a GET: it is spent and paid', async () => {
    expect(await answered('GET', 400, { byTicket: true })).toBe('answer');
  });
});
