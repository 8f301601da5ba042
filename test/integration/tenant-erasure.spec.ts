import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SweepOriginals } from '@aegis/application/documents/sweep-originals';
import { reactions } from '@aegis/application/reactions';
import { EraseDeletedTenants } from '@aegis/application/tenants/erase-deleted-tenants';
import { TenantErasure, type Erasure } from '@aegis/application/tenants/tenant-erasure';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import { TOMBSTONE_NAME } from '@aegis/domain/tenants/tenant';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresDocumentReader } from '@aegis/infrastructure/documents/postgres-document-reader';
import { FolderObjectStore } from '@aegis/infrastructure/object-store/folder-object-store';
import { SystemClock } from '@aegis/infrastructure/system/system-clock';
import { BELONGINGS, BOOKS, TENANT_TABLES } from '@aegis/infrastructure/tenants/erasure-sql';
import { PostgresKeyStanding } from '@aegis/infrastructure/tenants/postgres-key-standing';
import { PostgresTenantErasure } from '@aegis/infrastructure/tenants/postgres-tenant-erasure';
import { PostgresTenantReader } from '@aegis/infrastructure/tenants/postgres-tenant-reader';
import { publishDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded, ids, onNative } from '../support/database';
import { aTenantInEveryTable } from '../support/every-table';

const SECRET = '비밀-canary-7f3a';
const clock = new SystemClock();

/** Dies at the step that a test names, as a process does: nothing after it happens. */
class MortalErasure extends TenantErasure {
  steps = 0;
  constructor(
    private readonly real: TenantErasure,
    private readonly diesAt: number,
  ) {
    super();
  }
  next = (): Promise<Erasure | null> => this.step(() => this.real.next());
  eraseSome = (erasure: Erasure): Promise<number> => this.step(() => this.real.eraseSome(erasure));
  finish = (erasure: Erasure, at: Date): Promise<boolean> => this.step(() => this.real.finish(erasure, at));
  private step<T>(work: () => Promise<T>): Promise<T> {
    this.steps += 1;
    if (this.steps === this.diesAt) throw new Error('killed');
    return work();
  }
}

describe('a deleted tenant', () => {
  let database: TestDatabase;
  let erasure: PostgresTenantErasure;
  const folder = mkdtempSync(join(tmpdir(), 'aegis-objects-'));
  const objects = new FolderObjectStore(folder);
  const signal = new AbortController().signal;

  beforeAll(async () => {
    database = await TestDatabase.open();
    erasure = new PostgresTenantErasure(database.platform.connections, reactions);
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.close();
  });

  const removed = new Set<TenantId>();
  const remove = async (tenantId: TenantId, retentionDays = 365): Promise<void> => {
    await database.platformUow().run(async (tx) => {
      const tenant = await tx.tenants.find(tenantId);
      if (tenant === null) throw new Error('no such tenant');
      const { deletionId } = tenant.delete(ids.next(), { kind: 'platform_admin' }, clock.now());
      await tx.tenants.delete(tenant, { deletionId, retentionDays });
    });
    removed.add(tenantId);
  };
  /** As a worker that looks again without waiting for leases and for what is due later. Of what it ended, ours: a shared database has others. */
  async function work(by: TenantErasure = erasure): Promise<readonly Erasure[]> {
    await dueNow();
    const ended = await new EraseDeletedTenants(by, objects, clock).execute(signal);
    return ended.filter(({ tenantId }) => removed.has(tenantId));
  }
  const dueNow = (): Promise<unknown> =>
    database.platform.connections.transaction('app_eraser', (manager) =>
      manager.query(`UPDATE tenants SET erasure_lease_until = NULL WHERE deleted_at IS NOT NULL`),
    );
  /** What was erased. In a database that is shared, transactions of other tests hold it up. */
  async function workUntilErased(): ReturnType<typeof work> {
    for (const end = Date.now() + 30_000; Date.now() < end;) {
      const erased = await work();
      if (erased.length > 0) return erased;
      await pause(20);
    }
    throw new Error('the erasure does not end');
  }
  async function counts(tenantId: TenantId): Promise<Record<string, number>> {
    const tables = await database.allRows<{ name: string }>(TENANT_TABLES);
    const found: [string, number][] = [];
    for (const { name } of tables) {
      const [row] = await database.allRows<{ count: string }>(`SELECT count(*) AS count FROM ${name} WHERE tenant_id = $1`, [tenantId]);
      found.push([name, Number(row?.count)]);
    }
    return Object.fromEntries(found);
  }
  const put = (tenantId: TenantId) => objects.put(tenantId, DocumentId.parse(ids.next()), bytes('연차는 15일이다'), 1_000);
  const total = (found: Record<string, number>): number => Object.values(found).reduce((sum, count) => sum + count, 0);

  it('has an answer for every table that belongs to tenants', async () => {
    const inCatalogue = (await database.allRows<{ name: string }>(TENANT_TABLES)).map(({ name }) => name);
    expect([...BELONGINGS, ...BOOKS].map(({ name }) => name).sort()).toEqual([...inCatalogue].sort());
  });

  it('is refused by the database itself, in the statement after the deletion', async () => {
    const tenant = await database.aTenant();
    await publishDocument(database, tenant, ['연차는 15일이다']);
    await remove(tenant);
    await expect(database.rows(tenant, 'SELECT content FROM chunks')).rejects.toThrow(TenantGone);
    await expect(database.uow().run(tenant, (tx) => tx.chunks.lock())).rejects.toThrow(TenantGone);
    const reading = { sql: 'SELECT content FROM chunks', parameters: [] };
    await expect(database.platform.tenants.read(tenant, reading)).rejects.toThrow(TenantGone);
    await expect(
      database.uow().run(tenant, (tx) => tx.tickets.add({ id: ids.next(), keyId: ids.next(), body: {}, expiresAt: new Date() })),
    ).rejects.toThrow(TenantGone);
    const keyId = ApiKeyId.parse(ids.next());
    expect(await new PostgresKeyStanding(database.platform.connections).of([{ tenantId: tenant, keyId }])).toEqual(
      new Map([[keyId, 'ended']]),
    ); // ends streams
    await workUntilErased();
  });

  it('loses all it owned, in every table and in the file store, and keeps its books without content', async () => {
    const tenant = await aTenantInEveryTable(database, SECRET);
    const neighbour = await aTenantInEveryTable(database, SECRET);
    await put(tenant);
    await put(neighbour);
    const before = await counts(tenant);
    const beforeOfNeighbour = await counts(neighbour);
    for (const { name } of BELONGINGS) expect([name, before[name]]).not.toEqual([name, 0]);

    await remove(tenant);
    await workUntilErased();

    const after = await counts(tenant);
    for (const { name } of BELONGINGS) expect([name, after[name]]).toEqual([name, 0]);
    expect(after['usage_records']).toBe(before['usage_records']);
    expect(after['audit_events']).toBe((before['audit_events'] ?? 0) + 2); // deleted, erased
    const [tombstone] = await database.allRows(
      'SELECT name, is_active, settings, erased_at IS NOT NULL AS erased FROM tenants WHERE id = $1',
      [tenant],
    );
    expect(tombstone).toEqual({ name: TOMBSTONE_NAME, is_active: false, settings: {}, erased: true });
    for (const name of Object.keys(after)) {
      const rows = await database.allRows<object>(`SELECT * FROM ${name} WHERE tenant_id = $1`, [tenant]);
      expect(JSON.stringify(rows.map(readable))).not.toContain(SECRET);
    }
    expect(readdirSync(join(folder, 't'))).toEqual([neighbour]);
    expect(await counts(neighbour)).toEqual(beforeOfNeighbour);
  });

  it('is erased in the end, whoever is killed at whatever step', async () => {
    for (let diesAt = 1; ; diesAt++) {
      const tenant = await database.aTenant();
      await publishDocument(database, tenant, ['연차는 15일이다']);
      await remove(tenant);
      const mortal = new MortalErasure(erasure, diesAt);
      const died = await work(mortal).then(
        () => false,
        () => true,
      );
      await workUntilErased();
      const left = await counts(tenant);
      for (const { name } of BELONGINGS) expect([diesAt, name, left[name]]).toEqual([diesAt, name, 0]);
      if (died) continue;
      expect(diesAt).toBeGreaterThan(5);
      return;
    }
  });

  it('is looked at twice before it is taken for erased', async () => {
    const tenant = await database.aTenant();
    await remove(tenant);
    expect(await work()).toEqual([]); // nothing left: marks the point in time
    expect(await workUntilErased()).toEqual([{ tenantId: tenant, of: 'belongings' }]);
  });

  (onNative ? it : it.skip)('loses what a transaction adds that began before the deletion and ends after it', async () => {
    const tenant = await database.aTenant();
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let tellAdded = (): void => undefined;
    const added = new Promise<void>((resolve) => (tellAdded = resolve));
    const slow = database.uow().run(tenant, async (tx) => {
      await tx.tickets.add({ id: ids.next(), keyId: ids.next(), body: { query: SECRET }, expiresAt: new Date() });
      tellAdded();
      await held;
    });
    await added;
    await remove(tenant);
    for (let round = 0; round < 3; round++) expect(await work()).toEqual([]);
    letGo();
    await slow;
    expect((await counts(tenant))['stream_tickets']).toBe(1);
    await workUntilErased();
    expect((await counts(tenant))['stream_tickets']).toBe(0);
  });

  it('loses its books when the retention ends, and only then', async () => {
    const tenant = await aTenantInEveryTable(database, SECRET);
    await remove(tenant, 30);
    await workUntilErased();
    expect(await work()).toEqual([]);
    expect(total(await counts(tenant))).toBeGreaterThan(0);
    await database.platform.connections.transaction('app_admin', (manager) =>
      manager.query(`UPDATE tenants SET retain_until = now() - interval '1 second' WHERE id = $1`, [tenant]),
    );
    await workUntilErased();
    expect(total(await counts(tenant))).toBe(0);
    expect(await database.allRows('SELECT name FROM tenants WHERE id = $1', [tenant])).toEqual([{ name: TOMBSTONE_NAME }]);
  });

  it('is counted in a table that nobody taught the eraser: the erasure does not end', async () => {
    const tenant = await database.aTenant();
    await remove(tenant);
    await work();
    const unknown = BELONGINGS.findIndex(({ name }) => name === 'tenant_stats');
    const [forgotten] = (BELONGINGS as { name: string; stays: false }[]).splice(unknown, 1);
    const other = await database.aTenant();
    await remove(other);
    try {
      await work();
      await work();
      expect((await counts(other))['tenant_stats']).toBe(1);
      expect(await database.allRows('SELECT erased_at FROM tenants WHERE id = $1', [other])).toEqual([{ erased_at: null }]);
    } finally {
      (BELONGINGS as { name: string; stays: false }[]).splice(unknown, 0, forgotten ?? { name: 'tenant_stats', stays: false });
    }
    await workUntilErased();
  });

  it('cannot be anybody else: the eraser neither sees nor removes rows of the living, and reads no content', async () => {
    const tenant = await aTenantInEveryTable(database, SECRET);
    const before = await counts(tenant);
    for (const { name } of [...BELONGINGS, ...BOOKS]) {
      const removed = await database.platform.connections.transaction('app_eraser', (manager) =>
        manager.query<[unknown[], number]>(`DELETE FROM ${name} WHERE tenant_id = $1`, [tenant]),
      );
      expect([name, removed[1]]).toEqual([name, 0]);
    }
    expect(await counts(tenant)).toEqual(before);
    for (const sql of [
      'SELECT content FROM chunks',
      'SELECT input FROM queries',
      'SELECT name FROM tenants',
      'SELECT canon FROM audit_events',
    ]) {
      await expect(database.platform.connections.transaction('app_eraser', (manager) => manager.query(sql))).rejects.toThrow(
        /permission denied/,
      );
    }
  });

  describe('files without a row', () => {
    const sweep = () =>
      new SweepOriginals(
        objects,
        new PostgresTenantReader(database.platform.connections, database.platform.tenants),
        new PostgresDocumentReader(database.platform.tenants),
      ).execute(signal, -1);

    it('are removed, and those of documents, of strangers and of young uploads stay', async () => {
      rmSync(join(folder, 't'), { recursive: true, force: true });
      const tenant = await database.aTenant();
      const { id: document } = await publishDocument(database, tenant, ['연차는 15일이다']);
      await objects.put(tenant, document, bytes('있음'), 100);
      await put(tenant);
      await put(tenant);
      const stranger = TenantId.parse(ids.next());
      await put(stranger);
      expect(await sweep()).toBe(2);
      expect(readdirSync(join(folder, 't', tenant))).toEqual([document]);
      expect(readdirSync(join(folder, 't', stranger))).toHaveLength(1);
      await put(tenant);
      const reader = new PostgresTenantReader(database.platform.connections, database.platform.tenants);
      expect(await new SweepOriginals(objects, reader, new PostgresDocumentReader(database.platform.tenants)).execute(signal)).toBe(0);
    });

    it('of a deleted tenant go whenever they turn up', async () => {
      const tenant = await database.aTenant();
      await remove(tenant);
      await workUntilErased();
      await put(tenant);
      await sweep();
      expect(readdirSync(join(folder, 't'))).not.toContain(tenant);
    });
  });
});

describeOnEmbedded('an eraser and a new table', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  it('may erase what sec.protect protects', async () => {
    const rights = await database.asSuperuser(async (manager) => {
      await manager.query(`SET LOCAL ROLE app_owner`);
      await manager.query(
        `CREATE TABLE novelty (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id)); CALL sec.protect('novelty', 'tenant_id')`,
      );
      return manager.query<{ may: boolean }[]>(`SELECT has_table_privilege('app_eraser', 'novelty', 'DELETE') AS may`);
    });
    expect(rights).toEqual([{ may: true }]);
  });
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const readable = (row: object): object =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('utf8') : value]));

// eslint-disable-next-line @typescript-eslint/require-await -- an object store reads streams
async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
