import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type TestTenant } from '../support/api-client';
import { describeOnEmbedded, OPEN_TIMEOUT_MS } from '../support/database';
import type { Wire } from '../support/wire';

interface Entry {
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id?: string };
  readonly subject_id: string;
  readonly details: Readonly<Record<string, unknown>>;
}

describe('administrators', () => {
  let aegis: RunningAegis;
  let platform: ApiClient;
  let tenant: TestTenant;
  let other: TestTenant;
  /** The same administrator by an API key with scope `admin`, and by a token of the built-in issuer. */
  let byKey: ApiClient;
  let byToken: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
    platform = administratorOf(aegis.app);
    [tenant, other] = [await newTenant(aegis.app, { name: '한빛정밀' }), await newTenant(aegis.app, { name: '동해상사' })];
    byKey = new ApiClient(aegis.app, (await keyOf(tenant, ['admin'])).key);
    byToken = await tokenFor({ tenant_id: tenant.id });
  }, OPEN_TIMEOUT_MS);
  afterAll(() => aegis.close());

  const keyOf = async ({ id }: TestTenant, scopes: readonly string[]): Promise<Wire> =>
    (await platform.post(`/admin/tenants/${id}/api-keys`, { name: 'a key', scopes })).body;
  const tokenOf = async (body: object = {}): Promise<string> => (await platform.post('/admin/auth/token', body)).body.access_token;
  const tokenFor = async (body: object): Promise<ApiClient> => new ApiClient(aegis.app, await tokenOf(body));

  describe('POST /admin/auth/token', () => {
    it('gives a short token for the bootstrap key, with or without a body', async () => {
      for (const answer of [
        await platform.send('POST', '/admin/auth/token', undefined, {}),
        await platform.send('POST', '/v1/admin/auth/token', '', { 'content-type': 'application/json' }),
        await platform.post('/admin/auth/token', {}),
      ]) {
        expect([answer.status, answer.body]).toEqual([200, { access_token: expect.any(String), token_type: 'Bearer', expires_in: 900 }]);
        const { access_token: token } = answer.body;
        expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'built-in' });
        const { exp = 0, iat = 0, role } = decodeJwt(token);
        expect([exp - iat, role]).toEqual([900, 'platform_admin']);
        expect((await new ApiClient(aegis.app, token).get('/admin/tenants')).status).toBe(200);
      }
    });

    it('takes nothing but the bootstrap key', async () => {
      const byPlatformToken = await tokenFor({});
      for (const api of [byPlatformToken, byToken, byKey, tenant.api]) {
        expect((await api.post('/admin/auth/token', {})).body.code).toBe('insufficient_scope');
      }
      expect((await strangerOf(aegis.app).post('/admin/auth/token', {})).status).toBe(401);
    });

    it('refuses fields that it does not know, and tenants that do not exist', async () => {
      expect((await platform.post('/admin/auth/token', { role: 'platform_admin' })).body.errors[0]?.pointer).toBe('/role');
      expect((await platform.post('/admin/auth/token', { tenant_id: randomUUID() })).status).toBe(404);
      expect((await platform.post('/admin/auth/token', { tenant_id: 7 })).body.code).toBe('validation_failed');
    });

    it('makes tokens that open nothing but administration', async () => {
      const { access_token: token } = (await platform.post('/admin/auth/token', {})).body;
      for (const path of ['/documents', '/audit/0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11']) {
        expect((await new ApiClient(aegis.app, token).get(path)).status).toBe(401);
        expect((await byToken.get(path)).status).toBe(401);
      }
    });
  });

  describe.each(['an API key', 'a token'])('of a tenant, by %s', (means) => {
    const api = () => (means === 'a token' ? byToken : byKey);

    it('read and change their own tenant', async () => {
      expect((await api().get(`/admin/tenants/${tenant.id}`)).body).toMatchObject({ id: tenant.id, name: '한빛정밀' });
      expect((await api().get(`/v1/admin/tenants/${tenant.id.toUpperCase()}`)).status).toBe(200);
      const changed = await api().patch(`/admin/tenants/${tenant.id}`, { settings: { top_k: 7, min_confidence: 0.6 } });
      expect([changed.status, changed.body.settings]).toEqual([200, { top_k: 7, min_confidence: 0.6 }]);
    });

    it.each([
      [{ name: 'another' }],
      [{ is_active: true }],
      [{ monthly_quota_usd: 1_000_000 }],
      [{ settings: { rate_limit_rps: 5_000 } }],
      [{ settings: { tokens_per_hour: 1 } }],
      [{ settings: { retention_days: 1 } }],
      [{ name: 'another', settings: { top_k: 3 } }],
    ])('may not change %j', async (body) => {
      const before = (await platform.get(`/admin/tenants/${tenant.id}`)).text;
      expect([(await api().patch(`/admin/tenants/${tenant.id}`, body)).body.code]).toEqual(['insufficient_scope']);
      expect((await platform.get(`/admin/tenants/${tenant.id}`)).text).toBe(before);
    });

    it('manage their own keys', async () => {
      const keys = `/admin/tenants/${tenant.id}/api-keys`;
      const issued = await api().post(keys, { name: 'reporting', scopes: ['query'] });
      expect(issued.status).toBe(201);
      const rotated = await api().post(`${keys}/${issued.body.id}/rotate`, { overlap_seconds: 0 });
      expect(rotated.status).toBe(201);
      expect((await api().delete(`${keys}/${rotated.body.id}`)).status).toBe(204);
      expect((await api().get(keys)).body.data.map(({ id }) => id)).toEqual(expect.arrayContaining([issued.body.id, rotated.body.id]));
      const { keyId } = other;
      expect((await api().delete(`${keys}/${keyId}`)).status).toBe(404);
    });

    it('see what their tenant used, and of no other', async () => {
      const { body } = await api().get('/admin/usage');
      expect(body.data.map(({ tenant_id: id }) => id)).toEqual([tenant.id]);
      expect(body.next_cursor).toBeNull();
      expect((await api().get('/usage')).body).toMatchObject({ monthly_quota_usd: 100, queries: 0 });
      expect((await api().get('/usage/records')).body.data).toEqual([]);
    });

    it('find no other tenant', async () => {
      const strip = ({ status, headers, text }: Awaited<ReturnType<ApiClient['get']>>) => {
        const id = String(headers['x-request-id']);
        return [status, text.replaceAll(id, 'ID')];
      };
      for (const path of ['', '/api-keys']) {
        const foreign = await api().get(`/admin/tenants/${other.id}${path}`);
        expect(foreign.status).toBe(404);
        expect(strip(foreign)).toEqual(strip(await api().get(`/admin/tenants/${randomUUID()}${path}`)));
        expect(strip(foreign)).toEqual(strip(await api().get(`/admin/tenants/nothing${path}`)));
      }
      expect((await api().patch(`/admin/tenants/${other.id}`, { settings: { top_k: 1 } })).status).toBe(404);
      expect((await api().post(`/admin/tenants/${other.id}/api-keys`, { name: 'x', scopes: ['admin'] })).status).toBe(404);
    });

    it('are kept out of everything else', async () => {
      const answers = [
        await api().get('/admin/tenants'),
        await api().post('/admin/tenants', { name: 'x' }),
        await api().delete(`/admin/tenants/${tenant.id}`),
        await api().get('/admin/audit'),
        await api().get('/admin/administrators'),
        await api().post('/admin/administrators', { issuer: 'https://x', subject: 'me', role: 'platform_admin' }),
        await api().delete(`/admin/administrators/${randomUUID()}`),
      ];
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [403, 'insufficient_scope']));
    });
  });

  it('of the platform see what every tenant used, page by page', async () => {
    const seen: Wire[] = [];
    let cursor: string | null = '';
    while (cursor !== null && !seen.some(({ tenant_id: id }) => id === tenant.id)) {
      const { body }: { readonly body: Wire } = await platform.get(`/admin/usage?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.data);
      cursor = body.next_cursor;
    }
    // A shared database has tenants of other tests, before ours and between them.
    const ours = seen.filter(({ tenant_id: id }) => [tenant.id, other.id].includes(id));
    expect(ours.map(({ tenant_id: id }) => id)).toEqual([other.id, tenant.id]);
    const { body } = await platform.get('/admin/usage?limit=1');
    expect(ours[0]).toEqual({
      ...{ tenant_id: other.id, name: '동해상사', is_active: true, period_start: expect.any(String), period_end: expect.any(String) },
      ...{ total_cost_usd: 0, reserved_cost_usd: 0, monthly_quota_usd: 100, usage_pct: 0, queries: 0, refused_queries: 0 },
    });
    expect((await byToken.get(`/admin/usage?cursor=${body.next_cursor ?? ''}`)).body.code).toBe('invalid_cursor');
    expect((await platform.get('/usage')).status).toBe(403);
  });

  it('of a suspended tenant are turned away within five seconds, and told why', async () => {
    const suspended = await newTenant(aegis.app);
    const key = new ApiClient(aegis.app, (await keyOf(suspended, ['admin'])).key);
    const token = await tokenFor({ tenant_id: suspended.id });
    for (const api of [key, token]) expect((await api.get(`/admin/tenants/${suspended.id}`)).status).toBe(200);
    await platform.patch(`/admin/tenants/${suspended.id}`, { is_active: false });
    await sleep(5_000);
    for (const api of [key, token]) {
      const answer = await api.get(`/admin/tenants/${suspended.id}`);
      expect([answer.status, answer.body.code]).toEqual([403, 'tenant_suspended']);
    }
  });

  it('of a tenant draw from its window, and slow down nobody else', async () => {
    const slow = await newTenant(aegis.app, { settings: { rate_limit_rps: 0.1 } });
    const api = await tokenFor({ tenant_id: slow.id });
    const statuses = new Set<number>();
    for (let count = 0; count < 8; count++) statuses.add((await api.get(`/admin/tenants/${slow.id}`)).status);
    expect([...statuses]).toEqual([200, 429]);
    expect((await platform.get('/admin/tenants?limit=1')).status).toBe(200);
    expect((await byToken.get(`/admin/tenants/${tenant.id}`)).status).toBe(200);
  });

  describe('are appointed and revoked', () => {
    const person = () => ({ issuer: 'https://login.example.com', subject: `김-${randomUUID()}` });

    it('by the platform, one role a person', async () => {
      const who = person();
      const appointed = await platform.post('/admin/administrators', { ...who, role: 'tenant_admin', tenant_id: tenant.id });
      expect([appointed.status, appointed.body]).toEqual([
        201,
        { id: expect.any(String), ...who, role: 'tenant_admin', tenant_id: tenant.id, appointed_at: expect.any(String), revoked_at: null },
      ]);
      expect((await platform.post('/admin/administrators', { ...who, role: 'platform_admin' })).body.code).toBe('conflict');
      // Newest first; in a shared database somebody else may be appointed meanwhile.
      const listed = async () =>
        (await platform.get('/admin/administrators?limit=100')).body.data.find(({ id }) => id === appointed.body.id);
      expect(await listed()).toEqual(appointed.body);
      expect((await platform.delete(`/admin/administrators/${appointed.body.id}`)).status).toBe(204);
      expect((await platform.delete(`/admin/administrators/${appointed.body.id}`)).status).toBe(204);
      expect((await listed())?.revoked_at).toEqual(expect.any(String));
      expect((await platform.post('/admin/administrators', { ...who, role: 'platform_admin' })).body.tenant_id).toBeNull();
    });

    it('once, however often the same request comes', async () => {
      const [body, key] = [{ ...person(), role: 'platform_admin' }, { 'idempotency-key': randomUUID() }];
      const [first, again] = [
        await platform.post('/admin/administrators', body, key),
        await platform.post('/admin/administrators', body, key),
      ];
      expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
      expect(again.headers['idempotency-replayed']).toBe('true');
      const other = await platform.post('/admin/administrators', { ...body, subject: 'another' }, key);
      expect(other.body.code).toBe('idempotency_key_reused');
    });

    it('once, however many ask at the same moment', async () => {
      const who = person();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => platform.post('/admin/administrators', { ...who, role: 'platform_admin' })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    });

    it.each([
      [{ role: 'tenant_admin' }, '/tenant_id'],
      [{ role: 'platform_admin', tenant_id: randomUUID() }, '/tenant_id'],
      [{ role: 'root' }, '/role'],
      [{ role: 'platform_admin', subject: '' }, '/subject'],
      [{ role: 'platform_admin', more: 1 }, '/more'],
    ])('not with %j', async (about, pointer) => {
      const answer = await platform.post('/admin/administrators', { ...person(), ...about });
      expect([answer.status, answer.body.errors[0]?.pointer]).toEqual([400, pointer]);
    });

    it('for a tenant that exists', async () => {
      const body = { ...person(), role: 'tenant_admin', tenant_id: randomUUID() };
      expect((await platform.post('/admin/administrators', body)).status).toBe(404);
      expect((await platform.delete(`/admin/administrators/${randomUUID()}`)).status).toBe(404);
    });
  });

  // Every entry of the database is counted: nobody else may write meanwhile.
  describeOnEmbedded('leave one audit entry a call', () => {
    /** Entries of one trail (null: the platform's), and how many there are in all trails together. */
    const trail = async (tenantId: string | null): Promise<readonly Entry[]> => {
      const rows = await aegis.platform.database.connections.transaction('app_admin', (manager) =>
        manager.query<{ canon: Buffer }[]>('SELECT canon FROM audit_events WHERE tenant_id = $1 ORDER BY id', [
          tenantId ?? '00000000-0000-0000-0000-000000000000',
        ]),
      );
      return rows.map(({ canon }) => JSON.parse(canon.toString('utf8')) as Entry);
    };
    const counts = () =>
      aegis.platform.database.connections.transaction('app_admin', async (manager) => {
        // But those of erasures, which come seconds behind the calls that ordered them.
        const rows = await manager.query<{ count: string }[]>(
          `SELECT count(*) AS count FROM audit_events WHERE convert_from(canon, 'UTF8')::jsonb ->> 'type' <> 'tenant.erased'`,
        );
        return Number(rows[0]?.count);
      });

    /** Makes the call, expects exactly one new entry, in this trail, and returns it. */
    async function entryOf(tenantId: string | null, call: () => Promise<unknown>): Promise<Entry> {
      const [all, before] = [await counts(), (await trail(tenantId)).length];
      await call();
      expect([(await counts()) - all, (await trail(tenantId)).length - before]).toEqual([1, 1]);
      const entry = (await trail(tenantId)).at(-1);
      if (entry === undefined) throw new Error('there is no entry');
      return entry;
    }

    it('of a read of one tenant, in the trail of that tenant', async () => {
      const entry = await entryOf(other.id, () => platform.get(`/admin/tenants/${other.id}`, { 'x-request-id': 'read-1' }));
      expect(entry).toMatchObject({
        ...{ type: 'admin.call', actor: { kind: 'platform_admin' }, subject_id: other.id },
        details: { method: 'GET', route: '/v1/admin/tenants/:id', status: 200, code: null, target: other.id, request_id: 'read-1' },
      });
      await entryOf(other.id, () => platform.get(`/admin/tenants/${other.id}/api-keys`));
      const looked = await entryOf(other.id, () => platform.send('HEAD', `/admin/tenants/${other.id}`, undefined, {}));
      expect(looked.details).toMatchObject({ method: 'HEAD', route: '/v1/admin/tenants/:id', status: 200 });
    });

    it('of a read of all, or of what does not exist, in the platform’s', async () => {
      expect((await entryOf(null, () => platform.get('/admin/tenants'))).details).toMatchObject({ target: null, status: 200 });
      expect((await entryOf(null, () => platform.get('/admin/usage'))).details).toMatchObject({ target: null, status: 200 });
      const missing = randomUUID();
      const entry = await entryOf(null, () => platform.get(`/admin/tenants/${missing}`));
      expect(entry.details).toMatchObject({ target: missing, status: 404, code: 'not_found' });
      const nonsense = await entryOf(null, () => platform.get('/admin/tenants/<script>'));
      expect(JSON.stringify(nonsense)).not.toContain('script');
    });

    it('of a change, with the change', async () => {
      const changed = await entryOf(other.id, () => platform.patch(`/admin/tenants/${other.id}`, { settings: { top_k: 3 } }));
      expect(changed).toMatchObject({
        type: 'tenant.changed',
        details: { fields: ['settings'], call: { method: 'PATCH', route: '/v1/admin/tenants/:id', status: 200 } },
      });
      const issued = await entryOf(tenant.id, () => byKey.post(`/admin/tenants/${tenant.id}/api-keys`, { name: 'x', scopes: ['query'] }));
      expect(issued).toMatchObject({ type: 'api_key.issued', actor: { kind: 'api_key' }, details: { call: { status: 201 } } });
    });

    it('of a change of several things', async () => {
      const all = await counts();
      const created = await platform.post('/admin/tenants', { name: '새 회사' });
      expect((await counts()) - all).toBe(1);
      expect(await trail(created.body.id)).toMatchObject([
        {
          type: 'tenant.created',
          details: { call: { status: 201 }, also: [{ type: 'api_key.issued', subject_id: created.body.api_key.id }] },
        },
      ]);
      const rotated = await entryOf(created.body.id, () =>
        platform.post(`/admin/tenants/${created.body.id}/api-keys/${created.body.api_key.id}/rotate`, {}),
      );
      expect(rotated).toMatchObject({ type: 'api_key.rotated', details: { call: { status: 201 } } });
      const deleted = await entryOf(created.body.id, () => platform.delete(`/admin/tenants/${created.body.id}`));
      expect(deleted).toMatchObject({ type: 'tenant.deleted', details: { call: { status: 202 } } });
    });

    it('of a change that changed nothing', async () => {
      const entry = await entryOf(other.id, () => platform.patch(`/admin/tenants/${other.id}`, {}));
      expect(entry).toMatchObject({ type: 'admin.call', details: { status: 200 } });
    });

    it('of what is refused, whatever it was refused for', async () => {
      const path = `/admin/tenants/${other.id}`;
      const refusals: readonly (readonly [string | null, string, () => Promise<unknown>])[] = [
        [other.id, 'validation_failed', () => platform.patch(path, { name: 7 })],
        [other.id, 'validation_failed', () => platform.get(`${path}?more=1`)],
        [other.id, 'malformed_body', () => platform.send('PATCH', path, '{', { 'content-type': 'application/json' })],
        [other.id, 'unsupported_media_type', () => platform.send('PATCH', path, 'x', { 'content-type': 'text/plain' })],
        [null, 'validation_failed', () => platform.post('/admin/tenants', {})],
        [null, 'conflict', () => appointTwice()],
        [tenant.id, 'insufficient_scope', () => byKey.get('/admin/tenants')],
        [tenant.id, 'insufficient_scope', () => byToken.post('/admin/tenants', { name: 'x' })],
        [tenant.id, 'insufficient_scope', () => tenant.api.get(path)],
        [tenant.id, 'insufficient_scope', () => byKey.patch(`/admin/tenants/${tenant.id}`, { name: 'x' })],
        [tenant.id, 'not_found', () => byKey.get(path)],
        [tenant.id, 'not_found', () => byToken.delete(`${path}/api-keys/${other.keyId}`)],
      ];
      const twice = { issuer: 'https://twice', subject: randomUUID(), role: 'platform_admin' };
      await platform.post('/admin/administrators', twice);
      const appointTwice = () => platform.post('/admin/administrators', twice);
      for (const [where, code, call] of refusals) {
        const entry = await entryOf(where, call);
        expect([entry.type, entry.details['code']]).toEqual(['admin.call', code]);
      }
    });

    it('of tokens and appointments, without the token', async () => {
      const token = await entryOf(null, () => platform.post('/admin/auth/token', {}));
      expect(token.details).toMatchObject({ route: '/v1/admin/auth/token', status: 200, target: null });
      const ofTenant = await entryOf(tenant.id, () => platform.post('/admin/auth/token', { tenant_id: tenant.id }));
      expect(ofTenant.details).toMatchObject({ target: tenant.id });
      expect(JSON.stringify([token, ofTenant])).not.toContain('eyJ');
      const person = { issuer: 'https://login.example.com', subject: randomUUID(), role: 'tenant_admin', tenant_id: tenant.id };
      const appointed = await entryOf(tenant.id, () => platform.post('/admin/administrators', person));
      expect(appointed).toMatchObject({ type: 'administrator.appointed', details: { subject: person.subject, call: { status: 201 } } });
    });

    it('that says by which token', async () => {
      const presented = await tokenOf({ tenant_id: tenant.id });
      const entry = await entryOf(tenant.id, () => new ApiClient(aegis.app, presented).get(`/admin/tenants/${tenant.id}`));
      expect(entry.actor).toEqual({ kind: 'admin_token', id: decodeJwt(presented).jti });
    });

    it('and nothing of who is nobody, but a number', async () => {
      const all = await counts();
      for (const key of ['nobody', 'a.b.c', `ag_live_${'x'.repeat(61)}`]) {
        expect((await new ApiClient(aegis.app, key).get('/admin/tenants')).status).toBe(401);
      }
      expect(await counts()).toBe(all);
      expect((await strangerOf(aegis.app).get('/metrics')).text).toMatch(/aegis_failed_authentications_total\{area="admin"\} [1-9]/);
    });

    it('that the platform can read', async () => {
      const { body } = await platform.get('/admin/audit?limit=2');
      expect(body.data).toHaveLength(2);
      const next = await platform.get(`/admin/audit?limit=2&cursor=${body.next_cursor ?? ''}`);
      expect(next.body.data).toHaveLength(2);
      expect(new Set([...body.data, ...next.body.data].map((entry) => JSON.stringify(entry))).size).toBe(4);
      expect((await platform.get('/admin/audit?limit=1')).body.data[0]).toMatchObject({
        type: 'admin.call',
        details: { route: '/v1/admin/audit', status: 200 },
      });
    });

    it('or there is no answer', async () => {
      await aegis.platform.database.connections.transaction('app_runtime', async (manager) => {
        await manager.query('SET LOCAL ROLE postgres');
        await manager.query('REVOKE INSERT (tenant_id, subject_id, canon) ON audit_events FROM app_admin');
      });
      try {
        const read = await platform.get(`/admin/tenants/${other.id}`);
        expect([read.status, read.body.code]).toEqual([500, 'internal_error']);
        expect(read.text).not.toContain('동해상사');
        const change = await platform.patch(`/admin/tenants/${other.id}`, { name: '바뀐 이름' });
        expect(change.status).toBe(500);
      } finally {
        await aegis.platform.database.connections.transaction('app_runtime', async (manager) => {
          await manager.query('SET LOCAL ROLE postgres');
          await manager.query('GRANT INSERT (tenant_id, subject_id, canon) ON audit_events TO app_admin');
        });
      }
      expect((await platform.get(`/admin/tenants/${other.id}`)).body.name).toBe('동해상사');
    });
  });
});
