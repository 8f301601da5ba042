import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import { reactions as allReactions, type Reactions } from '@aegis/application/reactions';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { Tenant } from '@aegis/domain/tenants/tenant';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { readSettings, type Settings } from '@aegis/infrastructure/configuration/settings';
import type { RegisteredModel } from '@aegis/infrastructure/persistence/migrate';
import { PostgresUnitOfWork } from '@aegis/infrastructure/persistence/postgres-unit-of-work';
import type { TenantContextSigner } from '@aegis/infrastructure/persistence/tenant-context-signer';
import { UuidV7Generator } from '@aegis/infrastructure/system/uuid-v7-generator';
import { PostgresPlatformUnitOfWork } from '@aegis/infrastructure/tenants/postgres-platform-unit-of-work';
import { contextSigner, openDatabase, type DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import { copyOfTemplate } from './embedded-template';

const ROOT = join(__dirname, '..', '..');
const TEST_MODEL: RegisteredModel = { name: 'test-model', digest: 'test', dimensions: 8 };

/** On native PostgreSQL that was migrated before (`npm run test:production`), else on an embedded engine of the test file's own. */
export const onNative = process.env['AEGIS_TEST_PROFILE'] === 'production';
/** Where a test may act as the superuser, and change the catalogue without being in anybody's way. */
export const describeOnEmbedded = onNative ? describe.skip : describe;

/** For `beforeAll`: the first start of the embedded engine takes 4 s, and many times that on a busy machine. */
export const OPEN_TIMEOUT_MS = 90_000;

export const ids = new UuidV7Generator();

export interface NewTenant {
  readonly name?: string;
  readonly quotaMicroUsd?: number;
}

/** The database alone, without models, HTTP and files. Tests share it, so every test makes the tenants it needs. */
export class TestDatabase {
  /** Calls of the unit of work for the dispatcher. */
  wakeUps = 0;

  private constructor(
    public platform: DatabasePlatform,
    private readonly secretKey: string,
    private readonly folder: string,
  ) {}

  static async open(): Promise<TestDatabase> {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-database-'));
    try {
      if (!onNative) await copyOfTemplate('database', folder, migrated);
      const settings = readSettings(environment(folder), ROOT);
      const platform = await openDatabase(settings, [onNative ? await registeredModel(settings) : TEST_MODEL], ROOT);
      return new TestDatabase(platform, settings.secretKey, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The embedded engine alone: stopped and started again, with more in its environment. */
  async restart(more: Readonly<Record<string, string>>): Promise<void> {
    await this.platform.close();
    this.platform = await openDatabase(readSettings({ ...environment(this.folder), ...more }, ROOT), [TEST_MODEL], ROOT);
  }

  async close(): Promise<void> {
    await this.platform.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  uow(reactions: Reactions = allReactions): PostgresUnitOfWork {
    return new PostgresUnitOfWork(this.platform.tenants, reactions, this.platform.model, ({ dispatcherHasWork }) => {
      if (dispatcherHasWork) this.wakeUps += 1;
    });
  }

  platformUow(): PostgresPlatformUnitOfWork {
    return new PostgresPlatformUnitOfWork(this.platform.connections, allReactions, this.platform.model);
  }

  /** Signs as the application does, `aheadMs` milliseconds from now. */
  signer(aheadMs = 0): TenantContextSigner {
    const signer = contextSigner(this.secretKey);
    signer.clockOffsetMs = aheadMs;
    return signer;
  }

  /** Whatever the superuser of the embedded engine does in `work` is rolled back. */
  async asSuperuser<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const end = new Error('rolled back');
    const results: T[] = [];
    const run = this.platform.connections.transaction('app_runtime', async (manager) => {
      await manager.query('SET LOCAL ROLE postgres');
      results.push(await work(manager));
      throw end;
    });
    await run.catch((error: unknown) => {
      if (error !== end) throw error;
    });
    return results[0] as T;
  }

  async aTenant({ name = '한빛제약', quotaMicroUsd = 1_000_000 }: NewTenant = {}): Promise<TenantId> {
    const id = TenantId.parse(ids.next());
    const tenant = Tenant.create(
      { id, name, monthlyQuota: MicroUsd.of(quotaMicroUsd), settings: {} },
      { kind: 'platform_admin' },
      new Date(),
    );
    await this.platformUow().run((tx) => tx.tenants.add(tenant));
    return id;
  }

  /** Rows that the tenant may see, by plain SQL. */
  rows<Row>(tenantId: TenantId, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.platform.tenants.transaction(tenantId, (manager) => manager.query<Row[]>(sql, [...parameters]));
  }

  /** As the platform's reader of every tenant's rows. */
  allRows<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.platform.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql, [...parameters]));
  }
}

const migrated = async (folder: string): Promise<void> =>
  (await openDatabase(readSettings(environment(folder), ROOT), [TEST_MODEL], ROOT)).close();

function environment(folder: string): Record<string, string> {
  const common = { AEGIS_DATA_DIR: folder, LLM_PROVIDER: 'extractive', AEGIS_ADMIN_KEY: 'test-admin-key-0123456789abcdef0123' };
  if (!onNative) return common;
  const passed = ['DATABASE_URL', 'REDIS_URL', 'AEGIS_SECRET_KEY'].map((name) => [name, process.env[name] ?? ''] as const);
  return { ...common, AEGIS_PROFILE: 'production', ...Object.fromEntries(passed) };
}

/** The model that the shared database was migrated with, whatever it is. */
async function registeredModel({ database }: Settings): Promise<RegisteredModel> {
  if (database.kind !== 'native') throw new Error('AEGIS_TEST_PROFILE=production needs DATABASE_URL');
  const client = new Client(database.urls.app_admin);
  await client.connect();
  try {
    const { rows } = await client.query<RegisteredModel>(
      `SELECT name, digest, dims AS dimensions FROM embedding_models WHERE state = 'ready' ORDER BY model_version LIMIT 1`,
    );
    if (rows[0] === undefined) throw new Error('the database has no embedding model: migrate it first');
    return rows[0];
  } finally {
    await client.end();
  }
}
