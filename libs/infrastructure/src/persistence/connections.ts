import { escapeLiteral, type PoolClient } from 'pg';
import { allEnded } from '@aegis/application/shared/all-ended';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { entities } from './entities';
import { PipelinedClient, PreparingClient } from './pipelined-client';
import { asUnavailable } from './database-unavailable';
import { DATABASE_ROLES, type DatabaseRole } from './database-role';

export interface TransactionOptions {
  readonly isolation?: 'READ COMMITTED' | 'REPEATABLE READ';
  readonly readOnly?: boolean;
  /** Settings of the database by name, gone with the transaction. */
  readonly settings?: Readonly<Record<string, string>>;
  /** All its statements are `prepared`, and written so that one plan of each is good for every tenant: a server makes no other. */
  readonly plannedOnce?: boolean;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface ConnectionOptions {
  /** One server login per role (native), or one superuser connection on which every transaction takes its role (embedded). */
  readonly urls: Readonly<Record<DatabaseRole, string>> | { readonly embedded: string };
  /** Connections of `app_runtime`; the other roles have two each. */
  readonly poolSize: number;
}

const OTHER_ROLES_POOL = 2;

/** A plan that was made while a table was small must not read all of it when it has grown. */
export const ONE_PLAN = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off' };

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
    return this.borrowed(role, async (runner, client) => {
      Object.assign(runner, { isTransactionActive: true }); // TypeORM locks rows only where it thinks so
      // In one write with the first statement of the work: made of constants and escaped values, it can only fail behind its START, and then that is refused too.
      const [, result] = await allEnded([client.query(this.opening(role, options)), work(runner.manager)]);
      const ended = commit(client).then(() => runner.release());
      // What was only read is kept by nobody: its reader waits no longer.
      if (options.readOnly === true) void ended.catch(() => rollBack(runner, client));
      else await ended;
      return result;
    });
  }

  /** The rows of one statement, which leaves in one message with what its transaction begins and ends with: one way to the database and back. */
  async read(role: DatabaseRole, { sql, parameters }: Statement, options: TransactionOptions = {}): Promise<unknown[]> {
    return this.borrowed(role, async (runner, client) => {
      const [, { rows }] = await allEnded([
        client.query(this.opening(role, { ...options, readOnly: true })),
        client.query<Record<string, unknown>>(sql, [...parameters]),
        client.query('COMMIT'), // what it says is known from the statement: there is nothing to keep
      ]);
      await runner.release();
      return rows;
    });
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

  /** Room that removed rows have left is used again afterwards. A server does so by itself, the embedded engine only when it is told. */
  async vacuumEmbedded(tables: readonly string[]): Promise<void> {
    if (this.embedded) await this.source('app_runtime').query(`VACUUM ${tables.join(', ')}`);
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(this.sources.values())].map((source) => source.destroy()));
  }

  /** `use` gives the connection back itself, unless it fails. */
  private async borrowed<T>(role: DatabaseRole, use: (runner: QueryRunner, client: PoolClient) => Promise<T>): Promise<T> {
    const runner = this.source(role).createQueryRunner();
    let client: PoolClient | undefined;
    try {
      client = (await runner.connect()) as PoolClient;
      return await use(runner, client);
    } catch (error) {
      const cause = client instanceof PipelinedClient ? client.causeOf(error) : error;
      await rollBack(runner, client);
      throw asUnavailable(cause);
    }
  }

  private opening(role: DatabaseRole, options: TransactionOptions): string {
    return this.embedded ? opening(options, role) : opening(withPlans(options));
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
/** A new connection knows neither catalogue nor plans: the first search on it takes 20 to 30 ms longer. */
const IDLE_MS = 60_000;

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
    extra: {
      ...(url.startsWith(SOCKET)
        ? { connectionTimeoutMillis: EMBEDDED_WAIT_MS, Client: PipelinedClient }
        : { connectionTimeoutMillis: WAIT_MS, Client: PreparingClient }),
      idleTimeoutMillis: IDLE_MS,
      pipeline: true,
    },
  });
}

/** TypeORM reads a URL without socket folders. */
function connectionTarget(url: string): { url: string } | { host: string; port: number; username: string; database: string } {
  return url.startsWith(SOCKET) ? { host: url.slice(SOCKET.length), port: 5432, username: 'postgres', database: 'postgres' } : { url };
}

const withPlans = (options: TransactionOptions): TransactionOptions =>
  options.plannedOnce === true ? { ...options, settings: { ...ONE_PLAN, ...options.settings } } : options;

/** All that a transaction begins with, as one message: TypeORM would wait for each part. `role`: of a connection that has none of its own. */
function opening(
  { isolation = 'READ COMMITTED', readOnly = false, settings = {} }: TransactionOptions,
  role: DatabaseRole | null = null,
): string {
  return [
    `START TRANSACTION ISOLATION LEVEL ${isolation}${readOnly ? ' READ ONLY' : ''}`,
    ...(role === null ? [] : [`SET LOCAL ROLE ${role}`]),
    ...Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${escapeLiteral(value)}`),
  ].join('; ');
}

/** Not the runner's own: that one does not look at what became of the COMMIT. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command === 'ROLLBACK') throw new TransactionFailed();
}

/** Gives the connection back. One whose rollback fails may still hold a tenant: it is destroyed, never handed to the next borrower. */
async function rollBack(runner: QueryRunner, client: PoolClient | undefined): Promise<void> {
  try {
    await client?.query('ROLLBACK');
    await runner.release();
  } catch (error) {
    const broken = error instanceof Error ? error : new Error(String(error));
    // TypeORM 1.1 keeps this private: its public release() returns the connection to the pool. test/integration pins it.
    await (runner as unknown as { releasePostgresConnection(error: Error): Promise<void> }).releasePostgresConnection(broken);
  }
}
