import type { Ask, Received } from './http-client';
import type { Credential } from './step';
import type { Twin } from './twin';
import type { Values } from './values';

export interface Draw {
  readonly variant: number;
  readonly credential: Credential;
}

/** How one operation of the OpenAPI document is asked by one of two tenants. */
export interface Operation {
  /** How often it is drawn, beside 1 for a plain read. */
  readonly weight: number;
  /** With what it is asked, each as often as it stands here. */
  readonly credentials: readonly Credential[];
  /** Null where the tenant has nothing yet of what must be named. The same draw gives the same request. */
  ask(values: Values, draw: Draw, twin: Twin): Ask | null;
  /** Learns from the tenant's own answer what can be named later. */
  learn?(body: Wire, twin: Twin, received: Received): void;
  /** The answer changes from one moment to the next by itself: only its leaks are looked for. */
  readonly isVolatile?: true;
  /** Things of one moment come in any order: two answers are compared without it. */
  readonly isUnordered?: true;
  /** What the platform's administrator makes by it belongs to no tenant, and stays when tenants go. */
  readonly isOfThePlatform?: true;
  /** The answer is about all tenants: nobody but the platform's administrator may get it. */
  readonly spansTenants?: true;
}

/** An answer's body as far as an operation looks at it. */
export type Wire = Readonly<Record<string, unknown>>;

export const TENANT: readonly Credential[] = ['key', 'key', 'key', 'key', 'key', 'key', 'key', 'key', 'admin_key', 'nobody'];
export const ADMINISTRATORS: readonly Credential[] = [
  'platform',
  'platform',
  'platform',
  'admin_key',
  'admin_key',
  'tenant_token',
  'key',
  'nobody',
];

/** One of `choices`, by the digits of the variant that `digit` names: choices of one request are independent. */
export const choose = <T>(variant: number, digit: 0 | 1 | 2 | 3, choices: readonly T[]): T =>
  choices[Math.floor(variant / 10 ** digit) % choices.length] as T; // never empty

/**
 * The same in both tenants and few, so that they meet. The platform's administrator has one set of keys for whatever it does: there the
 * tenant's id keeps them apart.
 */
export const idempotencyKey = ({ variant, credential }: Draw, { tenantId, clientIds }: Twin): Readonly<Record<string, string>> =>
  choose(variant, 3, [true, false, false])
    ? { [IDEMPOTENCY_KEY]: credential === 'platform' ? `${tenantId}-${variant % 4}` : `${clientIds}-${variant % 4}` }
    : {};

export const IDEMPOTENCY_KEY = 'idempotency-key';

export const segment = (value: string): string => encodeURIComponent(value);
export const queryString = (parameters: Readonly<Record<string, string | null>>): string => {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
};

export const items = (body: Wire, field = 'data'): readonly Wire[] => (Array.isArray(body[field]) ? (body[field] as readonly Wire[]) : []);
