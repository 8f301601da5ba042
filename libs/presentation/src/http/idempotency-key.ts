import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { Json } from '@aegis/domain/shared/canonical-json';
import type { PlacedKey } from '@aegis/application/shared/idempotency-keys';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problems/http-problem';
import { stateOf, type OpenAdminCall } from './request-state';

/** The idempotency key of a request, with what the request says besides its content. */
export interface RequestKey {
  readonly placed: PlacedKey;
  /** Method, template and values of the address: the same with and without `/v1`. */
  readonly route: Json;
  /** The JSON body as it was sent; null where there is none, or a form. */
  readonly body: Json;
}

const HEADER = 'idempotency-key';
/** 1 to 255 visible characters of ASCII; what begins with a quotation mark is a string. */
const BARE = /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/;
const VISIBLE = /^[\x21-\x7e]{1,255}$/;
/** A string of RFC 9651, as the IETF draft writes keys. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** Both forms together, for the documentation. */
const PATTERN = '^(?:[!#-~][!-~]{0,254}|"(?:[!#-\\[\\]-~]|\\\\["\\\\]){1,255}")$';

/** The key of the request, or null when it has none. Two spellings of one key are the same. */
export const IdempotencyKey = createParamDecorator((_: undefined, context: ExecutionContext): RequestKey | null => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const given = request.headers[HEADER];
  if (given === undefined) return null;
  const { method, url } = request.routeOptions;
  return {
    placed: { ...ownerOf(request), key: keyOf(String(given)) },
    route: [String(method), url ?? '', { ...(request.params as Readonly<Record<string, string>>) }],
    body: (request.body ?? null) as Json, // parsed from JSON
  };
});

/** Documents that the route takes a key; the codes are named with its other problems. */
export const TakesIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes it safe to send the request again: within 24 hours the same key with the same request gets the first answer, marked ' +
        '`Idempotency-Replayed: true`, and nothing happens twice. 1 to 255 visible ASCII characters.',
      schema: { type: 'string', pattern: PATTERN, example: '8e03978e-40d5-43dd-bc93-6894a57f9324' },
    }),
  );

export function keyOf(given: string): string {
  const quoted = QUOTED.exec(given)?.[1]?.replace(/\\(["\\])/g, '$1');
  if (quoted === undefined ? BARE.test(given) : VISIBLE.test(quoted)) return quoted ?? given;
  throw new ValidationFailed([
    { pointer: 'header:Idempotency-Key', code: 'invalid_format', message: 'must be one key of 1 to 255 visible ASCII characters' },
  ]);
}

/** Keys of administrators stand in one place, the platform's; a tenant's own stand with the tenant. */
function ownerOf(request: FastifyRequest): { readonly tenantId: TenantId | null; readonly principal: string } {
  const { caller, adminCall } = stateOf(request);
  if (adminCall !== null) return { tenantId: null, principal: nameOf(adminCall) };
  if (caller === null) throw new HttpProblem('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
  return { tenantId: caller.tenantId, principal: caller.keyId };
}

/** The same for every token that the bootstrap key was exchanged for: a token lives for minutes, a key for a day. */
function nameOf({ actor, ownTenant }: OpenAdminCall): string {
  switch (actor.kind) {
    case 'api_key':
      return actor.id;
    case 'administrator':
      return `administrator:${JSON.stringify([actor.issuer, actor.subject])}`;
    case 'platform_admin':
    case 'admin_token':
    case 'system':
      return `bootstrap:${ownTenant ?? ''}`;
  }
}
