import type { AdminCall } from '@aegis/application/shared/administrator';
import type { Caller } from '@aegis/application/shared/caller';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkInput } from './check-input';
import type { EventStream } from './event-stream';
import { HttpProblem } from './problems/http-problem';
import { languageAskedFor, type ProblemLanguage } from './problems/language';
import { stateOf } from './request-state';

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>();

/** Who asks, as the gatekeeper found out. */
export const CurrentCaller = createParamDecorator((_: undefined, context: ExecutionContext): Caller => {
  const { caller } = stateOf(requestOf(context));
  if (caller === null) throw new HttpProblem('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
  return caller;
});

/** The tenant whose data is asked for, by a caller or by its administrator. */
export const CurrentTenant = createParamDecorator((_: undefined, context: ExecutionContext): TenantId => {
  const { tenantId } = stateOf(requestOf(context));
  if (tenantId === null) throw new HttpProblem('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
  return tenantId;
});

/** Which administrator asks for what: handed to the use case, so that a change and its audit entry are one. */
export const CurrentAdminCall = createParamDecorator((_: undefined, context: ExecutionContext): AdminCall => {
  const request = requestOf(context);
  const { adminCall } = stateOf(request);
  if (adminCall === null || adminCall.administrator === null) throw new HttpProblem('unauthenticated');
  return {
    administrator: adminCall.administrator,
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: context.switchToHttp().getResponse<FastifyReply>().statusCode, // set before the handler runs
    recorded: () => (adminCall.isRecorded = true),
  };
});

export type NameTenant = (tenantId: TenantId | null) => void;

/** For a call whose body names the tenant that it is about: says so to the audit trail. */
export const NamesTenant = createParamDecorator((_: undefined, context: ExecutionContext): NameTenant => {
  const { adminCall } = stateOf(requestOf(context));
  return (tenantId) => {
    if (adminCall !== null) adminCall.target = tenantId;
  };
});

/** A checked body that may be missing: then it has no fields. Document it with `@ApiBody({ required: false })`. */
export const OptionalBody = createParamDecorator((type: ClassConstructor<object>, context: ExecutionContext): object => {
  const { body } = requestOf(context);
  return checkInput(type, body === undefined ? {} : body, 'body'); // `null` is a body, and no object
});

/** The query behind the stream ticket that came in. */
export const TicketQueryBody = createParamDecorator((_: undefined, context: ExecutionContext): Readonly<Record<string, unknown>> => {
  const { ticketBody } = stateOf(requestOf(context));
  if (ticketBody === null) throw new HttpProblem('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
  return ticketBody;
});

/** Aborted when the client goes away before it has its answer, when the server stops, and when the work takes too long. */
export const RequestSignal = createParamDecorator((_: undefined, context: ExecutionContext): AbortSignal => {
  const response = context.switchToHttp().getResponse<FastifyReply>().raw;
  const controller = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) controller.abort(new Error('client disconnected'));
  });
  const state = stateOf(requestOf(context));
  state.endsWithServer?.(controller);
  state.ended = controller.signal;
  return controller.signal;
});

/** Whether the client would rather have this media type than JSON. */
export const Wants = createParamDecorator((mediaType: string, context: ExecutionContext): boolean => {
  const accept = requestOf(context).headers.accept ?? '';
  return accept.split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === mediaType);
});

/** Korean or English, as the client would rather have texts; null when it does not say. */
export const AskedLanguage = createParamDecorator((_: undefined, context: ExecutionContext): ProblemLanguage | null =>
  languageAskedFor(requestOf(context).headers['accept-language']),
);

/** The answer as a stream of events. */
export const AnswerStream = createParamDecorator((_: undefined, context: ExecutionContext): EventStream => {
  const { openStream } = stateOf(requestOf(context));
  if (openStream === null) throw new Error('the HTTP layer is not configured');
  return openStream();
});
