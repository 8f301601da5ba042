import { ADMIN_KEY, startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type TestTenant } from '../support/api-client';

describe('access', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;

  beforeAll(async () => {
    aegis = await startAegis();
    tenant = await newTenant(aegis.app);
  });
  afterAll(() => aegis.close());

  const withHeaders = (headers: Record<string, string>) => strangerOf(aegis.app).get('/documents', headers);

  it('takes a key from one header only, whatever else comes along', async () => {
    expect((await withHeaders({ authorization: `Bearer ${tenant.key}` })).status).toBe(200);
    expect((await withHeaders({ authorization: `bearer ${tenant.key}` })).status).toBe(200);
  });

  it.each([
    ['no key', {}],
    ['an unknown key', { authorization: `Bearer ag_live_${'0'.repeat(61)}` }],
    ['two spaces', { authorization: 'Bearer  $key' }],
    ['another scheme', { authorization: 'Basic $key' }],
    ['the administrator', { authorization: `Bearer ${ADMIN_KEY}` }],
    ['another header', { 'x-api-key': '$key' }],
    ['a header with a name of JavaScript', { constructor: 'Bearer $key' }],
    ['a tab instead of the space', { authorization: 'Bearer\t$key' }],
    ['two keys', { authorization: 'Bearer $key $key' }],
    ['two keys with a comma', { authorization: 'Bearer $key, Bearer $key' }],
    ['something behind the key', { authorization: 'Bearer $key;' }],
    ['no scheme', { authorization: '$key' }],
    ['a key of 5 kB', { authorization: `Bearer $key${'a'.repeat(5_000)}` }],
  ])('answers one and the same to %s', async (_, headers) => {
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('$key', tenant.key)]));
    const answer = await withHeaders({ ...filled, 'x-request-id': 'same' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.text).toBe((await withHeaders({ 'x-request-id': 'same' })).text);
  });

  it('refuses a key whose last letter is wrong', async () => {
    const mistyped = tenant.key.slice(0, -1) + (tenant.key.endsWith('a') ? 'b' : 'a');
    expect((await new ApiClient(aegis.app, mistyped).get('/documents')).status).toBe(401);
  });

  it.each(['api_key', 'key', 'token', 'access_token', 'ticket', 'API_KEY', 'filename', 'filename=a.md&filename'])(
    'refuses a key in the address, as %s, even beside a right header',
    async (name) => {
      expect((await tenant.api.get(`/documents?${name}=${tenant.key}`)).body.code).toBe('unauthenticated');
    },
  );

  it('asks for the scope of each route, before the body is read', async () => {
    const issued = await administratorOf(aegis.app).post(`/admin/tenants/${tenant.id}/api-keys`, {
      name: 'reader',
      scopes: ['documents:read'],
    });
    expect([issued.status, issued.body.scopes, issued.body.expires_at]).toEqual([201, ['documents:read'], null]);
    const reader = new ApiClient(aegis.app, issued.body.key);
    expect((await reader.get('/documents')).status).toBe(200);
    const refused = await Promise.all([reader.upload('a.md', '# a'), reader.post('/query', { nonsense: 1 }), reader.get('/usage')]);
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [403, 'insufficient_scope']));
    expect(refused[0].body.detail).toContain('documents:write');
  });

  it('stops taking a revoked key', async () => {
    const admin = administratorOf(aegis.app);
    const issued = await admin.post(`/admin/tenants/${tenant.id}/api-keys`, { name: 'short', scopes: ['query'], expires_at: '2999-12-31' });
    expect(issued.body.expires_at).toBe('2999-12-31T23:59:59.999Z');
    expect((await admin.delete(`/admin/tenants/${tenant.id}/api-keys/${issued.body.id}`)).status).toBe(204);
    const revoked = new ApiClient(aegis.app, issued.body.key);
    const deadline = Date.now() + 5_000;
    let status = 200;
    for (let isLate = false; status === 200 && !isLate;) {
      isLate = Date.now() >= deadline; // the last one is sent after the five seconds
      ({ status } = await revoked.post('/search', { query: 'a' }));
    }
    expect(status).toBe(401);
    const keys = await admin.get(`/admin/tenants/${tenant.id}/api-keys`);
    expect(keys.text).not.toContain(issued.body.key.slice(21));
    expect(keys.body.data.find(({ id }) => id === issued.body.id)?.revoked_at).not.toBeNull();
  });

  it('keeps tenants out of administration, and says so only to valid keys', async () => {
    const refused = await tenant.api.get('/admin/tenants');
    expect([refused.body.code, refused.body.detail]).toEqual(['insufficient_scope', expect.stringContaining('"platform_admin"')]);
    expect((await strangerOf(aegis.app).get('/admin/tenants')).body.code).toBe('unauthenticated');
    expect((await new ApiClient(aegis.app, 'wrong-admin-key').get('/admin/tenants')).body.code).toBe('unauthenticated');
  });

  it('lets the administrator read and change tenants', async () => {
    const admin = administratorOf(aegis.app);
    const { id } = await newTenant(aegis.app, { name: '동해상사', monthly_quota_usd: 5.5, settings: { top_k: 3 } });
    const changed = await admin.patch(`/admin/tenants/${id}`, { name: '동해물산', settings: { min_confidence: 0.5 } });
    expect(changed.body).toMatchObject({
      id,
      name: '동해물산',
      is_active: true,
      monthly_quota_usd: 5.5,
      settings: { top_k: 3, min_confidence: 0.5 },
    });
    expect((await admin.get(`/admin/tenants/${id}`)).body).toEqual(changed.body);
    // Newest first: others may create tenants in a shared database, but none before this one.
    const listed = (await admin.get('/admin/tenants?limit=100')).body.data.map((one) => one.id);
    expect(listed.filter((one) => [id, tenant.id].includes(one))[0]).toBe(id);
    expect((await admin.patch(`/admin/tenants/${id}`, { settings: { top_k: 0 } })).body.errors[0]?.pointer).toBe('/settings/top_k');
  });

  it('turns a suspended tenant away within five seconds', async () => {
    const { id, api } = await newTenant(aegis.app);
    expect((await api.get('/documents')).status).toBe(200);
    await administratorOf(aegis.app).patch(`/admin/tenants/${id}`, { is_active: false });
    const deadline = Date.now() + 5_000;
    let answer = await api.get('/documents');
    for (let isLate = false; answer.status === 200 && !isLate;) {
      isLate = Date.now() >= deadline;
      answer = await api.get('/documents');
    }
    expect([answer.status, answer.body.code]).toEqual([403, 'tenant_suspended']);
  });

  it('puts the security headers on answers and refusals', async () => {
    for (const answer of [await tenant.api.get('/documents'), await strangerOf(aegis.app).get('/documents')]) {
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'self'") as string,
      });
    }
  });
});

describe('rate limits', () => {
  it('admit the burst, then ask for patience; another tenant is not held up', async () => {
    const aegis = await startAegis({ RATE_LIMIT_RPS: '10' });
    try {
      const [one, other] = [await newTenant(aegis.app), await newTenant(aegis.app)];
      const started = performance.now();
      const answers = await Promise.all(Array.from({ length: 200 }, () => one.api.get('/documents')));
      const seconds = (performance.now() - started) / 1_000; // a busy machine may be so slow that more is let in
      const admitted = answers.filter(({ status }) => status === 200);
      const refused = answers.filter(({ status }) => status === 429);
      expect(admitted.length).toBeGreaterThanOrEqual(20);
      expect(admitted.length).toBeLessThanOrEqual(21 + 10 * seconds);
      expect(admitted.length + refused.length).toBe(200);
      expect(admitted[0]?.headers).toMatchObject({
        'ratelimit-policy': '"requests";q=20;w=2',
        ratelimit: expect.stringMatching(/^"requests";r=\d+;t=\d+$/) as string,
      });
      expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', ratelimit: expect.stringContaining('r=0') as string });
      expect(refused[0]?.body.code).toBe('rate_limited');
      expect((await other.api.get('/documents')).status).toBe(200);
    } finally {
      await aegis.close();
    }
  });

  it('make guessing keys slow', async () => {
    const aegis = await startAegis();
    try {
      const { api } = await newTenant(aegis.app);
      expect((await api.get('/documents')).status).toBe(200); // known as a right key from now on
      const guess = new ApiClient(aegis.app, `ag_live_${'x'.repeat(61)}`);
      const statuses = new Set<number>();
      for (let round = 0; round < 10 && !statuses.has(429); round++) {
        const answers = await Promise.all(Array.from({ length: 120 }, () => guess.get('/documents')));
        for (const { status } of answers) statuses.add(status);
      }
      expect([...statuses]).toEqual([401, 429]);
      expect((await api.get('/documents')).status).toBe(200);
    } finally {
      await aegis.close();
    }
  });
});
