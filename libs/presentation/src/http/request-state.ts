import type { Caller } from '@aegis/application/shared/caller';
import type { FastifyRequest } from 'fastify';
import type { EventStream } from './event-stream';
import type { ProblemCode } from './problems/problem-codes';

/** What the steps of one request tell each other. */
export interface RequestState {
  caller: Caller | null;
  /** The query that a stream ticket stood for, as it was posted. */
  ticketBody: Readonly<Record<string, unknown>> | null;
  /** The error that was answered. */
  problem: ProblemCode | null;
  /** Makes the answer an event stream. */
  openStream: (() => EventStream) | null;
}

const states = new WeakMap<object, RequestState>();

export function stateOf(request: Pick<FastifyRequest, 'raw'>): RequestState {
  const known = states.get(request.raw);
  if (known !== undefined) return known;
  const state: RequestState = { caller: null, ticketBody: null, problem: null, openStream: null };
  states.set(request.raw, state);
  return state;
}
