import type { Administrator } from '@aegis/application/shared/administrator';
import type { Caller } from '@aegis/application/shared/caller';
import type { Actor } from '@aegis/domain/shared/domain-event';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { FastifyRequest } from 'fastify';
import type { EventStream } from './event-stream';
import type { ProblemCode } from './problems/problem-codes';

/** A call of an administration route by somebody who is known, whatever comes of it. */
export interface OpenAdminCall {
  readonly actor: Actor;
  /** The tenant that the caller belongs to; null for the platform's administrators. */
  readonly ownTenant: TenantId | null;
  /** Null for who is known but may not administer. */
  readonly administrator: Administrator | null;
  /** The tenant that the call is about, as far as it is known. */
  target: TenantId | null;
  /** Its entry is in the audit trail. */
  isRecorded: boolean;
}

/** What the steps of one request tell each other. */
export interface RequestState {
  caller: Caller | null;
  /** Whose data is asked for; also where an administrator asks, who is no caller. */
  tenantId: TenantId | null;
  adminCall: OpenAdminCall | null;
  /** By the clock of `performance`; null: whoever asks waits for the end. */
  readUntil: number | null;
  /** The query that a stream ticket stood for, as it was posted. */
  ticketBody: Readonly<Record<string, unknown>> | null;
  /** Makes the ticket good again; null when there was none, or its stream has opened. */
  giveTicketBack: (() => Promise<void>) | null;
  /** Lets the server's end and the end of its patience abort what works for this request. */
  endsWithServer: ((controller: AbortController) => void) | null;
  /** Why the work for this request was ended from our side. */
  ended: AbortSignal | null;
  /** The error that was answered. */
  problem: ProblemCode | null;
  /** Makes the answer an event stream. */
  openStream: (() => EventStream) | null;
}

const states = new WeakMap<object, RequestState>();

export function stateOf(request: Pick<FastifyRequest, 'raw'>): RequestState {
  const known = states.get(request.raw);
  if (known !== undefined) return known;
  const state: RequestState = {
    caller: null,
    tenantId: null,
    adminCall: null,
    readUntil: null,
    ticketBody: null,
    giveTicketBack: null,
    problem: null,
    openStream: null,
    endsWithServer: null,
    ended: null,
  };
  states.set(request.raw, state);
  return state;
}
