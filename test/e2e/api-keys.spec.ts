import { KeyUses } from '@aegis/infrastructure/tenants/key-uses';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, type Answer, type TestTenant } from '../support/api-client';
import type { Wire } from '../support/wire';

const SHOWN_LENGTH = 'ag_live_'.length + 12;

describe('API keys', () => {
  let aegis: RunningAegis;
  let admin: ApiClient;
  let tenant: TestTenant;

  beforeAll(async () => {
    aegis = await startAegis();
    admin = administratorOf(aegis.app);
    tenant = await newTenant(aegis.app);
  });
  afterAll(() => aegis.close());

  const keys = () => `/admin/tenants/${tenant.id}/api-keys`;
  const issue = async (about: object = {}): Promise<Wire> =>
    (await admin.post(keys(), { name: '보고서', scopes: ['documents:read'], ...about })).body;
  const rotate = (id: string, body: object = {}): Promise<Answer> => admin.post(`${keys()}/${id}/rotate`, body);
  const listed = async (id: string): Promise<Wire | undefined> =>
    (await admin.get(`${keys()}?limit=100`)).body.data.find((key) => key.id === id);
  const statusWith = async (key: string): Promise<number> => (await new ApiClient(aegis.app, key).get('/documents')).status;

  it('are listed with all that is known of them but their secret', async () => {
    const issued = await issue({ expires_at: '2999-12-31' });
    const answer = await admin.get(`${keys()}?limit=100`);
    expect(answer.body.data.find(({ id }) => id === issued.id)).toEqual({
      id: issued.id,
      name: '보고서',
      mode: 'live',
      prefix: issued.key.slice(0, SHOWN_LENGTH),
      status: 'active',
      scopes: ['documents:read'],
      created_at: expect.stringMatching(/Z$/) as string,
      expires_at: '2999-12-31T23:59:59.999Z',
      not_after: null,
      revoked_at: null,
      last_used_at: null,
    });
    expect(answer.text).not.toContain(issued.key.slice(SHOWN_LENGTH));
  });

  it('show when they were used last, once that is written down, and refused calls are no use', async () => {
    const [used, unused] = [await issue(), await issue()];
    const before = Date.now();
    expect(await statusWith(used.key)).toBe(200);
    expect(await statusWith(unused.key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')))).toBe(401);
    await aegis.app.get(KeyUses).close(); // it would be written within ten seconds
    const at = Date.parse((await listed(used.id))?.last_used_at ?? '');
    expect(at).toBeGreaterThan(before - 5_000); // by the clock of the database
    expect(at).toBeLessThan(Date.now() + 5_000);
    expect((await listed(unused.id))?.last_used_at).toBeNull();
  });

  it('of the test mode say so in the key and in the list, and open the same tenant', async () => {
    const issued = await issue({ mode: 'test' });
    expect(issued.key).toMatch(/^ag_test_[0-9A-Za-z]{61}$/);
    expect(await listed(issued.id)).toMatchObject({ mode: 'test', prefix: issued.key.slice(0, SHOWN_LENGTH) });
    expect(await statusWith(issued.key)).toBe(200);
    expect(await statusWith(issued.key.replace('test', 'live'))).toBe(401);
    expect((await admin.post(keys(), { name: 'a', scopes: ['query'], mode: 'staging' })).body.errors[0]?.pointer).toBe('/mode');
  });

  it('are rotated into a key for the same use, and work on for the overlap', async () => {
    const old = await issue({ mode: 'test', expires_at: '2999-12-31' });
    const before = Date.now();
    const { status, body } = await rotate(old.id, { overlap_seconds: 3_600 });
    expect([status, body]).toEqual([
      201,
      {
        ...{ id: expect.any(String) as string, name: '보고서', scopes: ['documents:read'], expires_at: '2999-12-31T23:59:59.999Z' },
        key: expect.stringMatching(/^ag_test_[0-9A-Za-z]{61}$/) as string,
        replaces: { id: old.id, not_after: expect.any(String) as string },
      },
    ]);
    const overlap = Date.parse(String(body.replaces.not_after)) - before;
    expect(Math.abs(overlap - 3_600_000)).toBeLessThan(60_000);
    expect([body.id === old.id, body.key === old.key]).toEqual([false, false]);
    expect(await Promise.all([statusWith(old.key), statusWith(body.key)])).toEqual([200, 200]);
    expect(await listed(old.id)).toMatchObject({ status: 'retiring', not_after: body.replaces.not_after, revoked_at: null });
    expect(await listed(body.id)).toMatchObject({ status: 'active', not_after: null, last_used_at: null });
  });

  it('stop working when the overlap is over', async () => {
    const old = await issue();
    expect(await statusWith(old.key)).toBe(200);
    expect((await rotate(old.id, { overlap_seconds: 1 })).status).toBe(201);
    expect(await untilRefused(() => statusWith(old.key))).toBeLessThan(6_000);
    expect(await listed(old.id)).toMatchObject({ status: 'expired' });
  });

  it('are rotated without a body too, and work on for a day', async () => {
    const old = await issue();
    const { status, body } = await admin.send('POST', `${keys()}/${old.id}/rotate`, undefined, {});
    expect(status).toBe(201);
    const overlap = Date.parse(String(body.replaces.not_after)) - Date.now();
    expect(Math.abs(overlap - 86_400_000)).toBeLessThan(60_000);
  });

  it('are revoked by a rotation without an overlap', async () => {
    const old = await issue();
    const next = await rotate(old.id, { overlap_seconds: 0 });
    expect(await listed(old.id)).toMatchObject({ status: 'revoked' });
    expect(await statusWith(old.key)).toBe(401); // it was used by nobody before, so that no process remembers it
    expect(await statusWith(next.body.key)).toBe(200);
  });

  it('cannot be rotated twice, nor after their end; of two rotations at once one wins', async () => {
    const once = await issue();
    const answers = await Promise.all([rotate(once.id), rotate(once.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const revoked = await issue();
    await admin.delete(`${keys()}/${revoked.id}`);
    // So far ahead that it is not over when it is read, however busy the machine is.
    const end = Date.now() + 2_000;
    const expired = await issue({ expires_at: new Date(end).toISOString() });
    await new Promise((resolve) => setTimeout(resolve, end - Date.now() + 100));
    for (const { id } of [once, revoked, expired]) {
      const { status, body } = await rotate(id);
      expect([status, body.code]).toEqual([409, 'conflict']);
    }
  });

  it('of nobody and of another tenant are not found, and the overlap has its limits', async () => {
    const other = await newTenant(aegis.app);
    for (const id of [other.keyId, other.id]) expect((await rotate(id)).body.code).toBe('not_found');
    expect((await admin.post(`/admin/tenants/${other.keyId}/api-keys/${tenant.keyId}/rotate`, {})).status).toBe(404);
    for (const overlap of [-1, 604_801, 1.5, '60', null]) {
      const { status, body } = await rotate(tenant.keyId, { overlap_seconds: overlap });
      expect([status, body.errors[0]?.pointer]).toEqual([400, '/overlap_seconds']);
    }
    expect((await rotate(tenant.keyId, { overlap: 60 })).body.errors[0]?.code).toBe('unknown_field');
  });

  it('leave one entry of the audit trail for each rotation', async () => {
    const old = await issue({ mode: 'test' });
    const { body } = await rotate(old.id, { overlap_seconds: 60 });
    const entries = await aegis.platform.database.connections.transaction('app_admin', (manager) =>
      manager.query<{ canon: Buffer }[]>('SELECT canon FROM audit_events WHERE tenant_id = $1 ORDER BY id DESC LIMIT 2', [tenant.id]),
    );
    const [rotated, issued] = entries.map(({ canon }) => JSON.parse(canon.toString('utf8')) as Record<string, unknown>);
    expect(rotated).toMatchObject({ type: 'api_key.rotated', details: { successor_id: body.id, overlap_seconds: 60 } });
    expect(issued).toMatchObject({ type: 'api_key.issued', details: { mode: 'test', scopes: ['documents:read'] } });
  });
});

/** When the last one was asked that was still let in, in milliseconds from now; fails after 10 s. */
async function untilRefused(ask: () => Promise<number>): Promise<number> {
  const start = Date.now();
  let lastAskedMs = 0;
  for (let askedMs = 0; (await ask()) !== 401; askedMs = Date.now() - start) {
    lastAskedMs = askedMs;
    if (askedMs > 10_000) throw new Error('the key still works');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return lastAskedMs;
}
