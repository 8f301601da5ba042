import { Socket } from 'node:net';
import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import { reactions, type Reactions } from '@aegis/application/reactions';
import { allEnded } from '@aegis/application/shared/all-ended';
import { OutboxDispatch } from '@aegis/application/shared/outbox-dispatch';
import { RelayOutbox } from '@aegis/application/shared/relay-outbox';
import type { Transaction } from '@aegis/application/unit-of-work';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { TransactionFailed } from '@aegis/infrastructure/persistence/connections';
import { PostgresOutboxDispatch } from '@aegis/infrastructure/persistence/postgres-outbox';
import { DatabaseUnavailable } from '@aegis/infrastructure/persistence/database-unavailable';
import { NestedUnitOfWork } from '@aegis/infrastructure/persistence/postgres-unit-of-work';
import { aDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, ids, onNative } from '../support/database';

describe('unit of work', () => {
  let database: TestDatabase;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
  });

  const count = async (of: TenantId, table: 'documents' | 'outbox' | 'audit_events' | 'jobs'): Promise<number> =>
    Number((await database.rows<{ n: string }>(of, `SELECT count(*) AS n FROM ${table}`))[0]?.n);

  const context = (manager: EntityManager) =>
    manager
      .query<{ tenant: string | null; signature: string | null; role: string; pid: number }[]>(
        `SELECT current_setting('app.tenant_id', true) AS tenant, current_setting('app.tenant_sig', true) AS signature,
                  current_user::text AS role, pg_backend_pid() AS pid`,
      )
      .then(([row]) => row);

  describe('all or nothing', () => {
    it('keeps what was done, with the audit entry of it', async () => {
      const before = await count(tenant, 'audit_events');
      const answer = await database.uow().run(tenant, async (tx) => {
        await tx.documents.add(aDocument(tenant));
        return '저장됨';
      });
      expect(answer).toBe('저장됨');
      expect(await count(tenant, 'documents')).toBe(1);
      expect(await count(tenant, 'audit_events')).toBe(before + 1);
    });

    it('keeps nothing when the work throws, and hands the error over as it is', async () => {
      const before = await count(tenant, 'audit_events');
      const failure = new Error('changed my mind');
      const run = database.uow().run(tenant, async (tx) => {
        const document = aDocument(tenant);
        await tx.documents.add(document);
        await tx.jobs.add({ id: ids.next(), kind: 'ingest_document', documentId: document.id, deadlineMs: 60_000 });
        throw failure;
      });
      await expect(run).rejects.toBe(failure);
      expect(await count(tenant, 'documents')).toBe(0);
      expect(await count(tenant, 'jobs')).toBe(0);
      expect(await count(tenant, 'audit_events')).toBe(before);
    });

    it('does not end as if all were well when a statement was refused and the work went on', async () => {
      const run = database.platform.tenants.transaction(tenant, async (manager) => {
        await manager.query(`INSERT INTO outbox (tenant_id, topic, payload) VALUES ($1, 'document.processed', '{}')`, [tenant]);
        await manager.query('SELECT 1 / 0').catch(() => undefined);
        return 'as if nothing had happened';
      });
      // PostgreSQL's COMMIT of a failed transaction is a ROLLBACK without an error.
      await expect(run).rejects.toBeInstanceOf(TransactionFailed);
      expect(await count(tenant, 'outbox')).toBe(0);
    });

    it('says what failed, and not what failed with it, whichever is heard first', async () => {
      const run = database.platform.tenants.transaction(tenant, async (manager) => {
        const failing = manager.query('SELECT 1 / 0').catch(async (error: unknown) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          throw error;
        });
        await allEnded([failing, manager.query('SELECT 1')]);
      });
      await expect(run).rejects.toMatchObject({ code: '22012' });
    });

    it('wakes the dispatcher after a commit with a job, not after a rollback', async () => {
      const uow = database.uow();
      const addJob = (tx: Transaction, fail: boolean) => async () => {
        const document = aDocument(tenant);
        await tx.documents.add(document);
        await tx.jobs.add({ id: ids.next(), kind: 'ingest_document', documentId: document.id, deadlineMs: 60_000 });
        if (fail) throw new Error('no');
      };
      database.wakeUps = 0;
      await expect(uow.run(tenant, (tx) => addJob(tx, true)())).rejects.toThrow('no');
      expect(database.wakeUps).toBe(0);
      await uow.run(tenant, (tx) => addJob(tx, false)());
      expect(database.wakeUps).toBe(1);
    });
  });

  describe('one unit at a time', () => {
    it('refuses a unit inside a unit, of the same tenant or another, and rolls the outer one back', async () => {
      const uow = database.uow();
      const other = await database.aTenant();
      for (const inner of [tenant, other]) {
        const run = uow.run(tenant, async (tx) => {
          await tx.documents.add(aDocument(tenant));
          await uow.run(inner, () => Promise.resolve());
        });
        await expect(run).rejects.toBeInstanceOf(NestedUnitOfWork);
      }
      expect(await count(tenant, 'documents')).toBe(0);
    });

    it('opens the next unit after one that failed', async () => {
      const uow = database.uow();
      await expect(uow.run(tenant, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      await expect(uow.run(tenant, () => Promise.resolve('next'))).resolves.toBe('next');
    });
  });

  describe('tenant context', () => {
    it('is the tenant, signed, as app_runtime, while the unit is open', async () => {
      const inside = await database.platform.tenants.transaction(tenant, context);
      expect(inside).toMatchObject({ tenant, role: 'app_runtime' });
      expect(inside?.signature).toMatch(/^1\.\d{10}\.[0-9a-f]{64}$/);
    });

    it.each(['commit', 'rollback'] as const)('is gone from every connection of the pool after a %s', async (end) => {
      const open = Array.from({ length: 8 }, () =>
        database.platform.tenants.transaction(tenant, async (manager) => {
          await manager.query('SELECT count(*) FROM documents');
          if (end === 'rollback') throw new Error('rolled back');
        }),
      );
      await Promise.allSettled(open);
      const contexts = await Promise.all(
        Array.from({ length: 8 }, () => database.platform.connections.transaction('app_runtime', context)),
      );
      expect(contexts.map((row) => [row?.tenant ?? '', row?.signature ?? ''])).toEqual(Array.from({ length: 8 }, () => ['', '']));
    });

    it('shows fifty tenants on a pool of four their own rows only, whatever fails in between', async () => {
      const tenants = await Promise.all(Array.from({ length: 50 }, () => database.aTenant()));
      const uow = database.uow();
      await Promise.all(
        tenants.flatMap((own) => [
          uow.run(own, (tx) => tx.documents.add(aDocument(own, { filename: `${own}.md` }))),
          uow.run(own, () => Promise.reject(new Error('noise'))).catch(() => undefined),
          uow.run(own, (tx) => tx.documents.add(aDocument(tenant))).catch(() => undefined), // somebody else's
        ]),
      );
      const seen = await Promise.all(
        tenants.map((own) =>
          database.platform.tenants.transaction(own, (manager) =>
            manager.query<{ tenant_id: string; filename: string }[]>('SELECT tenant_id, filename FROM documents'),
          ),
        ),
      );
      expect(seen).toEqual(tenants.map((own) => [{ tenant_id: own, filename: `${own}.md` }]));
      expect(await count(tenant, 'documents')).toBe(0);
    });
  });

  describe('on the wire', () => {
    /** What leaves in one write, by the numbers that the statements select. */
    async function writesOf(work: () => Promise<unknown>): Promise<readonly string[]> {
      const [writes, original] = [[] as string[], Object.getOwnPropertyDescriptor(Socket.prototype, '_writev')];
      const send = original?.value as (chunks: readonly { chunk: Buffer }[], done: () => void) => void;
      Object.defineProperty(Socket.prototype, '_writev', {
        ...original,
        value(this: Socket, chunks: readonly { chunk: Buffer }[], done: () => void) {
          const text = Buffer.concat(chunks.map(({ chunk }) => chunk)).toString('latin1');
          writes.push((text.match(/START|SELECT \d|COMMIT\b/g) ?? []).join(', '));
          send.call(this, chunks, done);
        },
      });
      try {
        await work();
      } finally {
        Object.defineProperty(Socket.prototype, '_writev', original ?? {});
      }
      return writes;
    }

    it('a transaction begins with its first statement, and what waits for nothing goes together', async () => {
      const writes = await writesOf(() =>
        database.platform.tenants.transaction(tenant, async (manager) => {
          await manager.query('SELECT 1 WHERE $1', [true]);
          await Promise.all([manager.query('SELECT 2 WHERE $1', [true]), manager.query('SELECT 3 WHERE $1', [true])]);
        }),
      );
      expect(writes).toEqual(['START, SELECT 1', 'SELECT 2, SELECT 3']);
    });

    it('one statement goes together with its transaction, from START to COMMIT', async () => {
      const { tenants } = database.platform;
      const sql = "SELECT 1 AS number, $1::text AS said, current_setting('app.tenant_id') AS tenant, current_user AS role";
      const rows: unknown[] = [];
      expect(await writesOf(async () => rows.push(...(await tenants.read(tenant, { sql, parameters: ['!'] }))))).toEqual([
        'START, SELECT 1, COMMIT',
      ]);
      expect(rows).toEqual([{ number: 1, said: '!', tenant, role: 'app_runtime' }]);
    });

    it.each([
      ['fails', 'SELECT 1 / 0', 'division by zero'],
      ['writes', "UPDATE documents SET title = 'x'", 'read-only transaction'],
    ])('such a statement that %s tells why, and leaves nothing behind', async (_, sql, message) => {
      const { connections, tenants } = database.platform;
      await Promise.all(Array.from({ length: 8 }, () => expect(tenants.read(tenant, { sql, parameters: [] })).rejects.toThrow(message)));
      const next = await Promise.all(Array.from({ length: 8 }, () => connections.transaction('app_runtime', context)));
      expect(next.map((row) => [row?.tenant ?? '', row?.signature ?? ''])).toEqual(next.map(() => ['', '']));
    });

    it('nothing that comes with an opening that fails is done', async () => {
      const settings = { 'app.tenant_id': tenant, no_such_setting: 'x' };
      const run = database.platform.connections.transaction('app_runtime', (manager) => manager.query('SELECT 1'), { settings });
      await expect(run).rejects.toThrow('unrecognized configuration parameter');
      expect(await database.platform.tenants.transaction(tenant, context)).toMatchObject({ tenant });
    });

    it('a reader does not wait for the end of its transaction, and one that fails costs its connection only', async () => {
      let fail: ((error: Error) => void) | undefined;
      let client: PoolClient | undefined;
      const seen = await database.platform.tenants.snapshot(tenant, async (manager) => {
        client = await clientOf(manager);
        const rows = await manager.query<{ one: number }[]>('SELECT 1 AS one');
        Object.assign(client, {
          query: () => (fail === undefined ? new Promise((_, reject) => (fail = reject)) : Promise.reject(new Error('lost'))),
        });
        return rows;
      });
      expect(seen).toHaveLength(1);
      fail?.(new Error('lost'));
      const next = await Promise.all(
        Array.from({ length: 8 }, () =>
          database.platform.connections.transaction('app_runtime', async (manager) => (await clientOf(manager)) === client),
        ),
      );
      expect(next).toEqual(Array.from({ length: 8 }, () => false));
    });
  });

  /** The embedded engine has one connection: nobody keeps anybody from anything there but by being first. */
  (onNative ? describe : describe.skip)('a lock that another transaction keeps', () => {
    it('is given up as a database that cannot be asked now, and is there for the next', async () => {
      const document = aDocument(tenant);
      await database.uow().run(tenant, (tx) => tx.documents.add(document));
      const { tenants } = database.platform;
      const lock = (settings: Readonly<Record<string, string>> = {}, held: () => Promise<unknown> = () => Promise.resolve()) =>
        tenants.transaction(
          tenant,
          async (manager) => {
            await manager.query('SELECT FROM documents WHERE tenant_id = $1 FOR UPDATE', [tenant]);
            await held();
          },
          { settings },
        );
      await lock({}, () => expect(lock({ lock_timeout: '50ms' })).rejects.toBeInstanceOf(DatabaseUnavailable));
      await lock({ lock_timeout: '50ms' });
    });
  });

  describe('connections that broke', () => {
    it('are destroyed, never handed to the next borrower with the tenant still in them', async () => {
      let broken: PoolClient | undefined;
      const run = database.platform.tenants.transaction(tenant, async (manager) => {
        broken = await clientOf(manager);
        loseRollbacks(broken);
        throw new Error('the work failed');
      });
      await expect(run).rejects.toThrow('the work failed');
      const next = await Promise.all(
        Array.from({ length: 8 }, () =>
          database.platform.connections.transaction('app_runtime', async (manager) => ({
            tenant: (await context(manager))?.tenant ?? '',
            isBroken: (await clientOf(manager)) === broken,
          })),
        ),
      );
      expect(next).toEqual(Array.from({ length: 8 }, () => ({ tenant: '', isBroken: false })));
    });

    it('do not keep the next transaction from a connection', async () => {
      const ended = database.platform.tenants.transaction(tenant, async (manager) => {
        (await clientOf(manager)).emit('error', new Error('read ECONNRESET'));
        throw new Error('the work failed');
      });
      await expect(ended).rejects.toThrow('the work failed');
      const next = Array.from({ length: 8 }, () => database.platform.tenants.transaction(tenant, context));
      expect((await Promise.all(next)).map((row) => row?.tenant)).toEqual(Array.from({ length: 8 }, () => tenant));
    });

    it('TypeORM still has the private method by which a client is destroyed', async () => {
      const destroyed = await database.platform.connections.transaction('app_runtime', (manager) =>
        Promise.resolve(typeof Reflect.get(manager.queryRunner ?? {}, 'releasePostgresConnection')),
      );
      expect(destroyed).toBe('function');
    });
  });

  describe('serialization failures', () => {
    it('are tried again as a whole, three times at most', async () => {
      let attempts = 0;
      const failing = (until: number) => async (tx: Transaction) => {
        attempts += 1;
        await tx.documents.add(aDocument(tenant, { filename: `재시도-${until}.md` }));
        if (attempts < until) throw Object.assign(new Error('could not serialize access'), { code: '40001' });
        return attempts;
      };
      await expect(database.uow().run(tenant, failing(3))).resolves.toBe(3);
      expect(await count(tenant, 'documents')).toBe(1); // what the first two attempts did is gone
      attempts = 0;
      await expect(database.uow().run(tenant, failing(Number.POSITIVE_INFINITY))).rejects.toThrow('could not serialize');
      expect(attempts).toBe(3);
    });

    it('does not repeat work for any other error', async () => {
      let attempts = 0;
      const run = database.uow().run(tenant, () => {
        attempts += 1;
        return Promise.reject(Object.assign(new Error('duplicate key'), { code: '23505' }));
      });
      await expect(run).rejects.toThrow('duplicate key');
      expect(attempts).toBe(1);
    });

    // The embedded engine runs one transaction at a time: two never meet.
    (onNative ? it : it.skip)('end a real deadlock of two units with both done', async () => {
      const [first, second] = [aDocument(tenant, { filename: '가.md' }), aDocument(tenant, { filename: '나.md' })];
      const uow = database.uow();
      await uow.run(tenant, async (tx) => {
        await tx.documents.add(first);
        await tx.documents.add(second);
      });
      let waiting = 2;
      let open: () => void = () => undefined;
      const bothHoldOne = new Promise<void>((resolve) => (open = resolve));
      const touchBoth = ([a, b]: (typeof first)[]) =>
        uow.run(tenant, async (tx) => {
          if (a === undefined || b === undefined) return;
          await tx.documents.showProgress(a.id, { stage: 'index', done: 1, total: 2 });
          if (--waiting === 0) open();
          await bothHoldOne;
          await tx.documents.showProgress(b.id, { stage: 'index', done: 2, total: 2 });
        });
      await expect(Promise.all([touchBoth([first, second]), touchBoth([second, first])])).resolves.toEqual([undefined, undefined]);
    });
  });

  describe('events', () => {
    const processed = (tx: Transaction, documentId: ReturnType<typeof aDocument>['id']) =>
      tx.record({
        ...{ type: 'document.processed', occurredAt: new Date('2026-01-02T03:04:05.678Z'), actor: { kind: 'system' } },
        ...{ documentId, chunkCount: 3, pageCount: 2, isLatest: true, epoch: 1, usageId: ids.next() },
      });

    it('leave an outbox row for what happens later, and what must happen at once is in the same transaction', async () => {
      const uow = database.uow();
      const document = aDocument(tenant);
      database.wakeUps = 0;
      await uow.run(tenant, async (tx) => {
        await tx.documents.add(document);
        processed(tx, document.id);
      });
      expect(database.wakeUps).toBe(1);
      const outbox = await database.rows<{ topic: string; sent_at: Date | null }>(tenant, 'SELECT topic, sent_at FROM outbox');
      expect(outbox).toEqual([{ topic: 'document.processed', sent_at: null }]); // an upload has nobody to tell later
      const audited = await database.rows<{ canon: string }>(
        tenant,
        `SELECT convert_from(canon, 'UTF8') AS canon FROM audit_events WHERE subject_id = $1 ORDER BY id`,
        [document.id],
      );
      expect(audited.map(({ canon }) => (JSON.parse(canon) as { type: string }).type)).toEqual(['document.uploaded', 'document.processed']);
    });

    it('are rolled back with the row when a reaction fails, and the row with them', async () => {
      const failing: Reactions = {
        ...reactions,
        'document.processed': { within: [() => Promise.reject(new Error('no audit'))], after: reactions['document.processed'].after },
      };
      const before = await count(tenant, 'audit_events');
      const run = database.uow(failing).run(tenant, async (tx) => {
        const document = aDocument(tenant);
        await tx.documents.add(document);
        processed(tx, document.id);
      });
      await expect(run).rejects.toThrow('no audit');
      expect([await count(tenant, 'documents'), await count(tenant, 'outbox'), await count(tenant, 'audit_events')]).toEqual([
        0,
        0,
        before,
      ]);
    });

    it('are delivered once, with their dates, and stay when the delivery fails', async () => {
      const uow = database.uow();
      const document = aDocument(tenant);
      await uow.run(tenant, async (tx) => {
        await tx.documents.add(document);
        processed(tx, document.id);
      });
      const dispatch = new PostgresOutboxDispatch(database.platform.connections);
      const seen: unknown[] = [];
      const table = (after: Reactions['document.processed']['after']): Reactions => ({
        ...reactions,
        'document.processed': { within: [], after },
      });
      // Other tests share the outbox: only what is this tenant's.
      const unsent = async () => new Waiting((await dispatch.unsent(10_000, null)).filter((row) => row.tenantId === tenant));

      const waiting = await unsent();
      const [first] = await waiting.unsent();
      expect(await dispatch.unsent(10_000, first?.id ?? null)).not.toContainEqual(first);
      const failing = new RelayOutbox(waiting, uow, table([() => Promise.reject(new Error('ledger is away'))]));
      await failing.execute().catch(() => undefined);
      const notes = table([(_tx, event) => Promise.resolve(void seen.push([event.documentId, event.occurredAt.toISOString()]))]);
      expect(await new RelayOutbox(await unsent(), uow, notes).execute()).toBe(1);
      expect(await new RelayOutbox(await unsent(), uow, notes).execute()).toBe(0);
      await new RelayOutbox(waiting, uow, notes).execute(); // a second relay that looked earlier
      expect(seen).toEqual([[document.id, '2026-01-02T03:04:05.678Z']]);
    });
  });
});

class Waiting extends OutboxDispatch {
  constructor(private readonly rows: Awaited<ReturnType<OutboxDispatch['unsent']>>) {
    super();
  }
  unsent() {
    return Promise.resolve(this.rows);
  }
}

const clientOf = async (manager: EntityManager): Promise<PoolClient> => (await manager.queryRunner?.connect()) as PoolClient;

/** As when the network takes the ROLLBACK with it: the server still holds the transaction, and the tenant in it. */
function loseRollbacks(client: PoolClient): void {
  const query = client.query.bind(client) as (...all: unknown[]) => unknown;
  const lossy = (...all: unknown[]) => (all[0] === 'ROLLBACK' ? Promise.reject(new Error('connection lost')) : query(...all));
  Object.assign(client, { query: lossy });
}
