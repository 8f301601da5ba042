import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import type { FastifyRequest } from 'fastify';
import { stateOf } from './request-state';

/** Nest's number for parameters that are taken from the query string. */
const QUERY = 4;

/** A route without a query class takes no parameters at all: a filter that does not exist is refused, never ignored. */
export class UnknownQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const names = Object.keys(request.query ?? {});
    if (names.length === 0 || takesQuery(context) || stateOf(request).ticketBody !== null) return true;
    throw new ValidationFailed(names.map((name) => ({ pointer: `?${name}`, code: 'unknown_field', message: '' })));
  }
}

function takesQuery(context: ExecutionContext): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) as object | undefined;
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${QUERY}:`));
}
