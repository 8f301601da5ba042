import type { Caller } from '@aegis/application/shared/caller';
import { RouteConfig } from '@nestjs/platform-fastify';

/** Who may call a route, and what body it takes. Known from the route alone, so that it is decided before a body is read. */
export type Access =
  | { readonly kind: 'api_key'; readonly scope: Caller['scopes'][number] }
  | { readonly kind: 'platform_admin' }
  /** A single-use ticket in the query string stands for key and body. */
  | { readonly kind: 'ticket' };

/** A field whose length has an error code of its own, even where the body is refused for its size. */
export interface LongField {
  readonly name: string;
  readonly limit: number;
}

export interface RouteRules {
  readonly access: Access;
  readonly body: 'json' | 'multipart';
  readonly longField: LongField | null;
}

type BodyRules = Partial<Omit<RouteRules, 'access'>>;

const rules = (access: Access, { body = 'json', longField = null }: BodyRules = {}): MethodDecorator =>
  RouteConfig({ aegis: { access, body, longField } satisfies RouteRules });

/** The route is for tenants whose key has this scope. */
export const RequireScope = (scope: Caller['scopes'][number], body?: BodyRules): MethodDecorator => rules({ kind: 'api_key', scope }, body);
/** The route is for the platform's administrator. */
export const PlatformAdministrator = (): MethodDecorator => rules({ kind: 'platform_admin' });
/** The route takes a ticket instead of a key. */
export const TakesTicket = (): MethodDecorator => rules({ kind: 'ticket' });

/** The rules of a route, from what Fastify keeps with it; null when it declares none. */
export function routeRulesOf(config: unknown): RouteRules | null {
  if (typeof config !== 'object' || config === null || !('aegis' in config)) return null;
  return config.aegis as RouteRules; // written above only
}

/** Addresses that anybody may read, all of them. Every other route declares its access, or the process does not start. */
const PUBLIC_ADDRESSES: readonly string[] = ['/v1/health', '/v1/health/live', '/v1/health/ready', '/v1/metrics', '/openapi.json', '/docs'];
/** The files of Swagger UI. */
const PUBLIC_FOLDER = '/docs/';

export const isPublicRoute = (method: string, url: string): boolean =>
  (method === 'GET' || method === 'HEAD') && (PUBLIC_ADDRESSES.includes(url) || url.startsWith(PUBLIC_FOLDER));
