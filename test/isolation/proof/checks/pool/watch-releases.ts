import type { Pool, PoolClient } from 'pg';
import type { Connections } from '@aegis/infrastructure/persistence/connections';
import type { Finding } from '../../check';

export interface Releases {
  readonly findings: readonly Finding[];
  /** Connections that were looked at. */
  readonly count: () => number;
  /** Ends the backend of a connection that was lent; false where there is none. */
  readonly endOneBackend: () => Promise<boolean>;
}

interface Lent {
  readonly tenant: string | null;
  readonly signature: string | null;
  readonly isFresh: boolean;
  readonly pid: number;
}

/** A transaction that was left open began before this statement; the setting of a tenant would still be there. */
const LOOK = `SELECT nullif(current_setting('app.tenant_id', true), '') AS tenant, nullif(current_setting('app.tenant_sig', true), '') AS signature,
  now() = statement_timestamp() AS "isFresh", pg_backend_pid() AS pid`;

type Connect = (callback?: (error: Error | undefined, client: PoolClient | undefined, release: () => void) => void) => unknown;

/** Looks at every connection in the moment in which the pool lends it: what the last borrower left would be there. `others` ends backends. */
export function watchReleases(connections: Connections, others: Pool): Releases {
  const pool = poolOf(connections);
  const connect = pool.connect.bind(pool) as Connect;
  const findings: Finding[] = [];
  const pids = new Set<number>();
  let count = 0;
  const look = async (client: PoolClient): Promise<void> => {
    const [lent] = (await client.query<Lent>(LOOK)).rows;
    count += 1;
    if (lent === undefined) return;
    pids.add(lent.pid);
    if (lent.tenant !== null || lent.signature !== null)
      findings.push({ what: 'a connection was lent with a tenant', detail: String(lent.tenant) });
    if (!lent.isFresh) findings.push({ what: 'a connection was lent with an open transaction', detail: String(lent.pid) });
  };
  pool.connect = ((callback: Parameters<Connect>[0]) =>
    connect((error, client, release) => {
      if (client === undefined) {
        callback?.(error, client, release);
        return;
      }
      // One whose backend was ended meanwhile fails here, and again in the hands of its borrower, who knows what to do.
      const unheard = () => undefined;
      client.on('error', unheard); // nobody has it yet who would listen
      void look(client)
        .catch(() => undefined)
        .then(() => {
          client.off('error', unheard);
          callback?.(error, client, release);
        });
    })) as typeof pool.connect;
  return {
    findings,
    count: () => count,
    endOneBackend: async () => {
      const [pid] = [...pids].slice(-1);
      if (pid === undefined) return false;
      pids.delete(pid);
      const { rows } = await others.query<{ ended: boolean }>('SELECT pg_terminate_backend($1) AS ended', [pid]);
      return rows[0]?.ended ?? false;
    },
  };
}

/** The pool below TypeORM's source of `app_runtime`; neither shows it. */
function poolOf(connections: Connections): Pool {
  const { sources } = connections as unknown as { readonly sources: ReadonlyMap<string, { readonly driver: { readonly master: Pool } }> };
  const pool = sources.get('app_runtime')?.driver.master;
  if (pool === undefined) throw new Error('no pool');
  return pool;
}
