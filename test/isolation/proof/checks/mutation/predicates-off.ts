import { Client } from 'pg';
import type { Undo } from './mutant';

/** `d.tenant_id = $1`, `"DocumentRow"."tenant_id" = $2`, `n.tenant_id = d.tenant_id`. */
const COMPARISON = /(?:(?:\w+|"\w+")\.)?"?tenant_id"? = (?:(\$\d+)|(?:\w+|"\w+")\."?tenant_id"?)/g;
/** In `tenants` the tenant is the row itself. */
const TENANT_ITSELF = /(FROM tenants(?: \w+)? WHERE )(?:\w+\.)?id = (\$\d+)/g;

export interface Stripped {
  readonly undo: Undo;
  /** Comparisons taken out so far. */
  readonly count: () => number;
}

export interface StripOptions {
  readonly only?: RegExp;
  readonly rewrite?: (sql: string) => string;
}

/** A statement without its own comparisons of the tenant; a parameter keeps its type. */
export function withoutPredicates(sql: string): { readonly text: string; readonly taken: number } {
  let taken = 0;
  const truth = (parameter: string | undefined): string => {
    taken += 1;
    return parameter === undefined ? 'true' : `(${parameter}::uuid IS NOT NULL)`;
  };
  const text = sql
    .replace(COMPARISON, (_match, parameter: string | undefined) => truth(parameter))
    .replace(TENANT_ITSELF, (_match, before: string, parameter: string) => `${before}${truth(parameter)}`);
  return { text, taken };
}

type Query = (this: Client, config: unknown, ...rest: unknown[]) => unknown;

/**
 * Takes all of our own tenant predicates out of what this process sends as `app_runtime`: what is left is what the database does by itself.
 * `rewrite` may take out more, such as a look-up that stands before another; `only` leaves every other statement as it is.
 */
export function predicatesOff({ only = /^/, rewrite = (sql) => sql }: StripOptions = {}): Stripped {
  const prototype = Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  /** Role of a session whose transactions choose it: the embedded engine's. */
  const chosen = new WeakMap<Client, string>();
  let count = 0;
  prototype.query = function (config, ...rest) {
    if (typeof config !== 'string') return query.call(this, config, ...rest);
    if (/^(START TRANSACTION|BEGIN|COMMIT|ROLLBACK)/.test(config)) chosen.delete(this);
    const role = /(?:^|; )SET LOCAL ROLE (\w+)/.exec(config)?.[1];
    if (role !== undefined) chosen.set(this, role);
    if ((chosen.get(this) ?? this.user) !== 'app_runtime' || !only.test(config)) return query.call(this, config, ...rest);
    const { text, taken } = withoutPredicates(rewrite(config));
    count += taken;
    return query.call(this, text, ...rest);
  };
  const undo = (): Promise<void> => {
    prototype.query = query;
    return Promise.resolve();
  };
  return { undo, count: () => count };
}

/** Statements with the texts of clients written into them, as nobody should: what is an id or a number stays a parameter. */
export function interpolated(only: RegExp): Undo {
  const prototype = Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (config, ...rest) {
    const [values, ...more] = rest;
    if (typeof config !== 'string' || !only.test(config) || !Array.isArray(values)) return query.call(this, config, ...rest);
    const kept: unknown[] = [];
    const text = config.replace(/\$(\d+)/g, (_place, number: string) => {
      const value: unknown = values[Number(number) - 1];
      if (typeof value === 'string' && !IS_ID.test(value)) return `'${value}'`;
      kept.push(value);
      return `$${kept.length}`;
    });
    return query.call(this, text, kept, ...more);
  };
  return () => {
    prototype.query = query;
    return Promise.resolve();
  };
}

const IS_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
