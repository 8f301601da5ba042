import type { PoolClient } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { entities } from './entities';
import { asUnavailable } from './database-unavailable';
import { DATABASE_ROLES, type DatabaseRole } from './database-role';

export interface TransactionOptions {
  readonly isolation?: 'READ COMMITTED' | 'REPEATABLE READ';
  readonly readOnly?: boolean;
}

export interface ConnectionOptions {
  /** One server login per role (native), or one superuser connection on which every transaction takes its role (embedded). */
  readonly urls: Readonly<Record<DatabaseRole, string>> | { readonly embedded: string };
  /** Connections of `app_runtime`; the other roles have two each. */
  readonly poolSize: number;
}

const OTHER_ROLES_POOL = 2;

/** A statement was refused and the work went on: PostgreSQL answered the COMMIT with a ROLLBACK, which the driver takes for a success. */
export class TransactionFailed extends Error {
  override readonly name = 'TransactionFailed';
  constructor() {
    super('an earlier statement of this transaction failed: nothing of it is kept');
  }
}

/** Opens transactions as a role. Tenants are the unit of work's business. */
export class Connections {
  private constructor(
    private readonly sources: ReadonlyMap<DatabaseRole, DataSource>,
    readonly embedded: boolean,
  ) {}

  static async open(options: ConnectionOptions): Promise<Connections> {
    const { urls } = options;
    if ('embedded' in urls) {
      const source = await dataSource(urls.embedded, options.poolSize).initialize();
      return new Connections(new Map(DATABASE_ROLES.map((role) => [role, source])), true);
    }
    const sources = new Map<DatabaseRole, DataSource>();
    try {
      for (const role of DATABASE_ROLES) {
        sources.set(role, await dataSource(urls[role], role === 'app_runtime' ? options.poolSize : OTHER_ROLES_POOL).initialize());
      }
    } catch (error) {
      await Promise.all([...sources.values()].map((source) => source.destroy()));
      throw error;
    }
    return new Connections(sources, false);
  }

  async transaction<T>(role: DatabaseRole, work: (manager: EntityManager) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const runner = this.source(role).createQueryRunner();
    let broken: Error | undefined;
    try {
      await runner.connect();
      await runner.startTransaction(options.isolation ?? 'READ COMMITTED');
      if (options.readOnly === true) await runner.query('SET TRANSACTION READ ONLY');
      if (this.embedded) await runner.query(`SET LOCAL ROLE ${role}`);
      const result = await work(runner.manager);
      await commit(runner);
      return result;
    } catch (error) {
      broken = await rollback(runner);
      throw asUnavailable(error);
    } finally {
      await release(runner, broken);
    }
  }

  /** Database time minus ours: signatures carry the database's time, and its clock is the only one that counts. */
  async clockOffsetMs(): Promise<number> {
    const [row] = await this.transaction(
      'app_runtime',
      (manager) => manager.query<{ now: string }[]>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now'),
      { readOnly: true },
    );
    return row === undefined ? 0 : Number(row.now) - Date.now();
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(this.sources.values())].map((source) => source.destroy()));
  }

  private source(role: DatabaseRole): DataSource {
    const source = this.sources.get(role);
    if (source === undefined) throw new Error(`no connection for ${role}`);
    return source;
  }
}

/** How the embedded database is reached: `socket:<folder>`. */
export const SOCKET = 'socket:';
/** For a free connection of the pool, before the database counts as away. */
const WAIT_MS = 10_000;
/** The embedded engine does one transaction at a time: there a wait is a queue, and no sign that it is away. */
const EMBEDDED_WAIT_MS = 60_000;

export function dataSource(url: string, poolSize: number): DataSource {
  return new DataSource({
    type: 'postgres',
    ...connectionTarget(url),
    entities,
    synchronize: false,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    poolSize,
    applicationName: 'aegis',
    extra: { connectionTimeoutMillis: url.startsWith(SOCKET) ? EMBEDDED_WAIT_MS : WAIT_MS },
  });
}

/** TypeORM reads a URL without socket folders. */
function connectionTarget(url: string): { url: string } | { host: string; port: number; username: string; database: string } {
  return url.startsWith(SOCKET) ? { host: url.slice(SOCKET.length), port: 5432, username: 'postgres', database: 'postgres' } : { url };
}

/** Not the runner's own: that one does not look at what became of the COMMIT. */
async function commit(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as PoolClient;
  const { command } = await client.query('COMMIT');
  if (command === 'ROLLBACK') throw new TransactionFailed();
}

async function rollback(runner: QueryRunner): Promise<Error | undefined> {
  try {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A connection whose rollback failed may still hold a tenant: it is destroyed, never handed to the next borrower. */
async function release(runner: QueryRunner, broken: Error | undefined): Promise<void> {
  if (broken === undefined) return runner.release();
  // TypeORM 1.1 keeps this private: its public release() returns the connection to the pool. test/integration pins it.
  await (runner as unknown as { releasePostgresConnection(error: Error): Promise<void> }).releasePostgresConnection(broken);
}
