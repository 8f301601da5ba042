import type { Pool } from 'pg';
import { DatabaseUnavailable } from '@aegis/infrastructure/persistence/database-unavailable';
import type { TargetDatabase } from '../../check';

/** What a transaction says of itself; nothing makes it true. */
export interface Context {
  readonly tenant: string;
  readonly signature: string;
}
export type Statement = string | readonly [sql: string, parameters: readonly unknown[]];
export type Row = Readonly<Record<string, unknown>>;
export type Outcome = { readonly rows: readonly Row[] } | { readonly code: string; readonly message: string };

/** Somebody who runs SQL of their own as `app_runtime`: what an injection would reach. */
export interface Attacker {
  /** One transaction under that context; all of it is rolled back. The outcome is that of the last statement, or of the first that failed. */
  attempt(context: Context | null, statements: readonly Statement[]): Promise<Outcome>;
  /** As the reader of every tenant: what is really there. */
  allRows<T>(sql: string, parameters?: readonly unknown[]): Promise<readonly T[]>;
  /** A true signature, `aheadMs` from now. */
  sign(tenant: string, aheadMs?: number): string;
  /** False on the embedded engine, whose only session is a superuser's. */
  readonly loginIsBoundary: boolean;
}

export const SET_CONTEXT = `SELECT set_config('app.tenant_id', $1, true), set_config('app.tenant_sig', $2, true)`;

/** As PostgreSQL says it, also where the product calls it a database that cannot be asked now: a lock that somebody else keeps. */
export function failureOf(error: unknown): Outcome {
  const said: unknown = error instanceof DatabaseUnavailable ? error.cause : error;
  return { code: String(Reflect.get(Object(said), 'code')), message: String(Reflect.get(Object(said), 'message')) };
}

/** Over logins of its own: `app_runtime` and the reader. */
export class LoggedInAttacker implements Attacker {
  readonly loginIsBoundary = true;

  constructor(
    private readonly database: Pick<TargetDatabase, 'runtime' | 'reader'>,
    readonly sign: (tenant: string, aheadMs?: number) => string,
  ) {}

  attempt(context: Context | null, statements: readonly Statement[]): Promise<Outcome> {
    return rolledBack(this.database.runtime, context, statements);
  }

  async allRows<T>(sql: string, parameters: readonly unknown[] = []): Promise<readonly T[]> {
    const outcome = await rolledBack(this.database.reader, null, [[sql, parameters]]);
    if ('code' in outcome) throw new Error(`${outcome.code} ${outcome.message}`);
    return outcome.rows as readonly T[];
  }
}

async function rolledBack(pool: Pool, context: Context | null, statements: readonly Statement[]): Promise<Outcome> {
  const client = await pool.connect();
  await client.query('BEGIN');
  try {
    if (context !== null) await client.query(SET_CONTEXT, [context.tenant, context.signature]);
    let rows: readonly Row[] = [];
    for (const statement of statements) {
      const [sql, parameters] = typeof statement === 'string' ? [statement, []] : statement;
      const result = await client.query<Row>(sql, [...parameters]);
      // COPY … TO STDOUT gives no rows to the driver, only their number.
      rows = result.command === 'COPY' ? Array.from({ length: result.rowCount ?? 0 }, () => ({ copied: true })) : result.rows;
    }
    return { rows };
  } catch (error) {
    return failureOf(error);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
