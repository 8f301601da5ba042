import type { Administrator } from '@aegis/application/shared/administrator';
import type { Caller } from '@aegis/application/shared/caller';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';

/** Who may call a route, and what body it takes. Known from the route alone, so that it is decided before a body is read. */
export type Access =
  /** `administratorsToo`: the tenant's administrator needs no such scope. */
  | { readonly kind: 'api_key'; readonly scope: Caller['scopes'][number]; readonly administratorsToo: boolean }
  /** `tenantParameter` names the tenant in the address: a tenant's own administrator finds no other one there. */
  | { readonly kind: 'administrator'; readonly role: Administrator['role']; readonly tenantParameter: string | null }
  | { readonly kind: 'bootstrap_key' }
  /** A single-use ticket in the query string stands for key and body. */
  | { readonly kind: 'ticket' };

/** A field whose length has an error code of its own, even where the body is refused for its size. */
export interface LongField {
  readonly name: string;
  readonly limit: number;
}

export interface RouteRules {
  readonly access: Access;
  /** `none`, and DELETE whatever it says: all fields that come are unknown ones. */
  readonly body: 'json' | 'multipart' | 'none';
  readonly longField: LongField | null;
}

/** Names of the security schemes in the OpenAPI document. */
export const API_KEY_SCHEME = 'key';
export const ADMINISTRATOR_SCHEME = 'administrator';

interface TenantParameter {
  readonly tenantParameter?: string | null;
}

type BodyRules = Partial<Omit<RouteRules, 'access'>>;

const rules = (access: Access, { body = 'json', longField = null }: BodyRules = {}): MethodDecorator =>
  RouteConfig({ aegis: { access, body, longField } satisfies RouteRules });

/** In the OpenAPI document: what a key or token lacks where the answer is 403 `insufficient_scope`. */
export const SCOPE_EXTENSION = 'x-required-scope';
const needs = (scope: string): MethodDecorator => ApiExtension(SCOPE_EXTENSION, scope);

/** The route is for tenants whose key has this scope. */
export const RequireScope = (scope: Caller['scopes'][number], body?: BodyRules): MethodDecorator =>
  applyDecorators(rules({ kind: 'api_key', scope, administratorsToo: false }, body), needs(scope));

/** The same, and for the tenant's own administrator. Take the tenant from `@CurrentTenant()`: an administrator's token is no key. */
export const RequireScopeOrAdministrator = (scope: Caller['scopes'][number]): MethodDecorator =>
  applyDecorators(
    rules({ kind: 'api_key', scope, administratorsToo: true }),
    needs(scope),
    ApiSecurity(API_KEY_SCHEME),
    ApiSecurity(ADMINISTRATOR_SCHEME),
  );

/** The route is for the platform's administrator. `tenantParameter`: where the address names a tenant, whose audit trail then keeps the call. */
export const PlatformAdministrator = ({ tenantParameter = null, ...body }: TenantParameter & BodyRules = {}): MethodDecorator =>
  applyDecorators(
    rules({ kind: 'administrator', role: 'platform_admin', tenantParameter }, body),
    needs('platform_admin'),
    ApiSecurity(ADMINISTRATOR_SCHEME),
  );

/** The route is for the platform's administrator, and for the administrator of the tenant that the address names; without a name the handler looks who asks. */
export const TenantAdministrator = ({ tenantParameter }: Required<TenantParameter>): MethodDecorator =>
  applyDecorators(
    rules({ kind: 'administrator', role: 'tenant_admin', tenantParameter }),
    needs('admin'),
    ApiSecurity(ADMINISTRATOR_SCHEME),
    ApiSecurity(API_KEY_SCHEME),
  );

/** The route takes the bootstrap key and nothing else. */
export const BootstrapKeyOnly = (): MethodDecorator =>
  applyDecorators(rules({ kind: 'bootstrap_key' }), needs('bootstrap_key'), ApiSecurity(ADMINISTRATOR_SCHEME));

/** The route takes a ticket instead of a key. */
export const TakesTicket = (): MethodDecorator => rules({ kind: 'ticket' });

/** The rules of a route, from what Fastify keeps with it; null when it declares none. */
export function routeRulesOf(config: unknown): RouteRules | null {
  if (typeof config !== 'object' || config === null || !('aegis' in config)) return null;
  return config.aegis as RouteRules; // written above only
}

/** HEAD asks what GET would answer. A GET that a ticket opens does more than answer, and has no HEAD. */
export const hasHead = (access: Access | null): boolean => access?.kind !== 'ticket';

/** Addresses that anybody may read, all of them. Every other route declares its access, or the process does not start. */
const PUBLIC_ADDRESSES: readonly string[] = ['/v1/health', '/v1/health/live', '/v1/health/ready', '/v1/metrics', '/openapi.json', '/docs'];
/** The files of Swagger UI. */
const PUBLIC_FOLDER = '/docs/';

export const isPublicRoute = (method: string, url: string): boolean =>
  (method === 'GET' || method === 'HEAD') && (PUBLIC_ADDRESSES.includes(url) || url.startsWith(PUBLIC_FOLDER));
