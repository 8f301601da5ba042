import { Agent, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ADMIN_KEY, startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, type TestTenant } from '../support/api-client';
import { describedOperations } from '../support/contract/api-description';
import { errorsOf } from '../support/contract/schema-check';
import { onNative, OPEN_TIMEOUT_MS } from '../support/database';
import type { Wire } from '../support/wire';

/** The deadline of reading here, which nobody meets who waits for nothing, and what a busy machine may add to it. */
const READ_TIMEOUT_MS = 1_500;
const LATE_MS = 4_000;
/** Connections of a role in one process. */
const POOL_SIZE = 4;
const POOL_SIZES = { app_runtime: POOL_SIZE, app_admin: 2 };

interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly tookMs: number;
  /** The port that the client spoke from: the same one is the same connection. */
  readonly localPort: number | undefined;
}

/** Opens once. */
class Gate {
  open = (): void => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

describe('a reader that waits for the database', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let documentId: string;
  let agent: Agent;
  let port: number;

  beforeAll(async () => {
    aegis = await startAegis({ READ_TIMEOUT_MS: String(READ_TIMEOUT_MS) });
    await aegis.app.listen(0, '127.0.0.1');
    ({ port } = aegis.app.getHttpServer().address() as AddressInfo);
    tenant = await newTenant(aegis.app);
    documentId = (await tenant.api.ingest('휴가.md', '# 휴가\n\n연차 유급휴가는 1년에 17일이다.')).body.id;
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    agent.destroy();
    await aegis.close();
  });

  const read = (path: string, { key = tenant.key, method = 'GET' } = {}): Promise<Received> =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const headers = { authorization: `Bearer ${key}`, 'accept-language': 'ko' };
      const asked = request({ agent, port, path, method, headers, host: '127.0.0.1' }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          const tookMs = performance.now() - started;
          const text = Buffer.concat(pieces).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, tookMs, localPort: socket?.localPort });
        });
      });
      let socket: Socket | undefined;
      asked.on('socket', (used) => (socket = used));
      asked.on('error', reject);
      asked.end();
    });

  /** Runs `work` while transactions hold every connection of a role; on the embedded engine one transaction holds everybody up. */
  async function whileHeld<T>(work: () => Promise<T>, role: 'app_runtime' | 'app_admin' = 'app_runtime'): Promise<T> {
    const gate = new Gate();
    const held = Array.from({ length: onNative ? POOL_SIZES[role] : 1 }, () => {
      const isHeld = new Gate();
      const transaction = aegis.platform.database.connections.transaction(role, async (manager) => {
        await manager.query('SELECT 1');
        isHeld.open();
        await gate.opened;
      });
      return { isHeld, transaction };
    });
    await Promise.all(held.map(({ isHeld }) => isHeld.opened));
    try {
      return await work();
    } finally {
      gate.open();
      await Promise.all(held.map(({ transaction }) => transaction));
    }
  }

  /** What every answer must be, besides in time. */
  function expectTooLate({ status, headers, text, tookMs }: Received): void {
    expect([status, headers['content-type'], headers['retry-after'], headers['cache-control']]).toEqual([
      ...[503, 'application/problem+json; charset=utf-8', '5', 'no-store'],
    ]);
    expect(headers['content-language']).toBe('ko');
    const problem = JSON.parse(text) as Wire & { readonly request_id: string };
    expect(problem).toMatchObject({ code: 'overloaded', status: 503, request_id: headers['x-request-id'] });
    expectInTime(tookMs);
  }
  function expectInTime(tookMs: number): void {
    expect(tookMs).toBeGreaterThan(READ_TIMEOUT_MS - 50);
    expect(tookMs).toBeLessThan(READ_TIMEOUT_MS + LATE_MS);
  }

  it('is told so at the deadline, and asks again on the same connection when the database is free', async () => {
    const before = await read(`/v1/documents/${documentId}`);
    const late = await whileHeld(() => read(`/v1/documents/${documentId}`));
    expectTooLate(late);
    const operation = describedOperations().find(({ name }) => name === 'GET /v1/documents/{id}');
    const schema = operation?.responses['503']?.content?.['application/problem+json']?.schema;
    if (schema === undefined) throw new Error('nothing says what this answer looks like');
    expect(errorsOf(schema, JSON.parse(late.text))).toEqual([]);
    expect(before.localPort).toBeGreaterThan(0);
    const after = await read(`/v1/documents/${documentId}`);
    expect([after.status, after.text]).toEqual([200, before.text]);
    expect([late.localPort, after.localPort]).toEqual([before.localPort, before.localPort]);
  });

  it.each([
    ['GET', '/documents?limit=1'],
    ['HEAD', '/v1/documents'],
    ['GET', '/v1/usage'],
    ['GET', '/v1/usage/records'],
  ])('also with %s %s', async (method, path) => {
    const late = await whileHeld(() => read(path, { method }));
    expectInTime(late.tookMs);
    if (method === 'HEAD') expect([late.status, late.text]).toEqual([503, '']);
    else expectTooLate(late);
    expect((await read(path, { method })).status).toBe(200);
  });

  it('also before it is known who asks', async () => {
    const keys = `/admin/tenants/${tenant.id}/api-keys`;
    const issued = await administratorOf(aegis.app).post(keys, { name: '처음 쓰는 키', scopes: ['documents:read'] });
    const { key } = issued.body;
    expectTooLate(await whileHeld(() => read('/v1/documents', { key })));
    expect((await read('/v1/documents', { key })).status).toBe(200);
  });

  it('also as an administrator, whose entry in the audit trail follows', async () => {
    const path = `/v1/admin/tenants/${tenant.id}`;
    const late = await whileHeld(() => read(path, { key: ADMIN_KEY }), 'app_admin');
    expectTooLate(late);
    const written = async () => {
      const rows = await aegis.platform.database.connections.transaction('app_admin', (manager) =>
        manager.query<{ canon: Buffer }[]>('SELECT canon FROM audit_events WHERE tenant_id = $1 ORDER BY id', [tenant.id]),
      );
      const texts = rows.map(({ canon }) => canon.toString('utf8')).filter((text) => text.includes(String(late.headers['x-request-id'])));
      return texts.map((text) => JSON.parse(text) as object);
    };
    for (const end = Date.now() + LATE_MS; (await written()).length === 0 && Date.now() < end;) await sleep(20);
    expect(await written()).toMatchObject([{ type: 'admin.call', details: { status: 503, code: 'overloaded', target: tenant.id } }]);
    expect((await read(path, { key: ADMIN_KEY })).status).toBe(200);
  });

  // Others wait for this lock too: as long as this reader, and not until their own limit.
  (onNative ? it : it.skip)('also for a table that somebody has locked', async () => {
    const owner = new Client(process.env['DATABASE_OWNER_URL']);
    await owner.connect();
    try {
      await owner.query('BEGIN; LOCK TABLE documents IN ACCESS EXCLUSIVE MODE');
      expectTooLate(await read('/v1/documents'));
    } finally {
      await owner.end();
    }
    expect((await read('/v1/documents')).status).toBe(200);
  });

  it('and no connection of the pool is lost or keeps anything of those who left', async () => {
    const path = `/v1/documents/${documentId}`;
    await whileHeld(() =>
      Promise.all(
        Array.from({ length: 3 * POOL_SIZE }, () => aegis.app.inject({ url: path, headers: { authorization: `Bearer ${tenant.key}` } })),
      ),
    );
    const states = await Promise.all(
      Array.from({ length: POOL_SIZE }, () =>
        aegis.platform.database.connections.transaction('app_runtime', async (manager) => {
          // Only all at once: none could be opened without a connection of its own. The embedded engine does one after the other.
          const rows = await manager.query<{ tenant: string; pid: number }[]>(
            `SELECT coalesce(current_setting('app.tenant_id', true), '') AS tenant, pg_backend_pid() AS pid, pg_sleep(0.2)`,
          );
          return rows[0];
        }),
      ),
    );
    expect(states.map((state) => state?.tenant)).toEqual(states.map(() => ''));
    if (onNative) expect(new Set(states.map((state) => state?.pid)).size).toBe(POOL_SIZE);
    expect((await tenant.api.get(path)).status).toBe(200);
  });

  it('but what changes something is waited for', async () => {
    let answer: { readonly statusCode: number } | null = null;
    const asked = whileHeld(async () => {
      const deletion = tenant.api.delete(`/documents/${documentId}`).then(({ status }) => (answer = { statusCode: status }));
      await sleep(3 * READ_TIMEOUT_MS);
      expect(answer).toBeNull();
      return { deletion };
    });
    await (
      await asked
    ).deletion;
    expect(answer).toEqual({ statusCode: 202 });
  });
});
