import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type TestTenant } from '../support/api-client';
import { OPEN_TIMEOUT_MS } from '../support/database';
import { AUDIENCE, OidcProtocolServer, type TokenChanges } from '../support/oidc-protocol-server';

/** Longer than anything about administrators is remembered. */
const EVERYWHERE_MS = 4_500;
const RUN = randomUUID();

describe('administrators of an identity provider', () => {
  let provider: OidcProtocolServer;
  let aegis: RunningAegis;
  let platform: ApiClient;
  let tenant: TestTenant;
  let other: TestTenant;

  beforeAll(async () => {
    provider = await OidcProtocolServer.start();
    aegis = await startAegis({ OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE });
    platform = administratorOf(aegis.app);
    [tenant, other] = [await newTenant(aegis.app), await newTenant(aegis.app)];
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    await aegis.close();
    await provider.close();
  });

  /** Appointments outlive a run in a database that stays. */
  const named = (subject: string) => `${RUN}:${subject}`;
  const person = async (subject: string, changes: TokenChanges = {}) =>
    new ApiClient(aegis.app, await provider.token(named(subject), changes));
  const appoint = async (subject: string, about: object) =>
    (await platform.post('/admin/administrators', { issuer: provider.issuer, subject: named(subject), ...about })).body;

  it('are nobody until they are appointed, whatever their token says of them', async () => {
    const claims = { role: 'platform_admin', roles: ['platform_admin', 'admin'], scope: 'admin platform_admin', tenant_id: tenant.id };
    const answer = await (await person('stranger', { claims })).get('/admin/tenants');
    expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_scope']);
    expect((await (await person('stranger', { claims })).get('/usage')).status).toBe(403);
  });

  it('have the role of their appointment', async () => {
    await appoint('the-platform', { role: 'platform_admin' });
    await appoint('of-a-tenant', { role: 'tenant_admin', tenant_id: tenant.id });
    const groups = 'g'.repeat(5_000); // tokens of large companies are long
    const [one, two] = [await person('the-platform', { claims: { groups } }), await person('of-a-tenant')];
    expect((await one.get('/admin/tenants')).status).toBe(200);
    expect((await one.get(`/admin/tenants/${other.id}`)).status).toBe(200);
    expect((await two.get(`/admin/tenants/${tenant.id}`)).status).toBe(200);
    expect((await two.get(`/admin/tenants/${other.id}`)).status).toBe(404);
    expect((await two.get('/admin/tenants')).status).toBe(403);
    expect((await two.get('/usage')).status).toBe(200);
    expect((await two.get('/documents')).status).toBe(401);
  });

  it('are not appointed by the name of an issuer whose tokens nobody takes', async () => {
    for (const issuer of ['https://login.example.com', `${provider.issuer}/`, provider.issuer.toUpperCase()]) {
      const answer = await platform.post('/admin/administrators', { issuer, subject: named('nobody'), role: 'platform_admin' });
      expect([answer.status, answer.body.errors]).toEqual([
        400,
        [{ pointer: '/issuer', code: 'not_allowed', message: `must be one of ${provider.issuer}` }],
      ]);
    }
  });

  it('lose it within five seconds', async () => {
    const { id } = await appoint('leaves', { role: 'platform_admin' });
    const api = await person('leaves');
    expect((await api.get('/admin/tenants')).status).toBe(200);
    expect((await platform.delete(`/admin/administrators/${id}`)).status).toBe(204);
    await sleep(EVERYWHERE_MS);
    expect((await api.get('/admin/tenants')).status).toBe(403);
    await appoint('leaves', { role: 'tenant_admin', tenant_id: tenant.id });
    await sleep(EVERYWHERE_MS);
    expect((await api.get(`/admin/tenants/${tenant.id}`)).status).toBe(200);
  }, 30_000);

  it('are named in the trail as their provider names them', async () => {
    await appoint('writes', { role: 'platform_admin' });
    await (await person('writes')).get('/admin/audit', { 'x-request-id': 'by-a-person' });
    const { text } = await platform.get('/admin/audit?limit=100');
    const { data } = JSON.parse(text) as { data: { actor: object; details: { request_id?: string } }[] };
    const entry = data.find(({ details }) => details.request_id === 'by-a-person');
    expect(entry?.actor).toEqual({ kind: 'administrator', issuer: provider.issuer, subject: named('writes') });
  });

  it('have no built-in issuer beside them, but the bootstrap key works on', async () => {
    const answer = await platform.post('/admin/auth/token', {});
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    expect((await platform.get('/admin/tenants')).status).toBe(200);
  });

  it('are refused like anybody when their token is not good', async () => {
    await appoint('late', { role: 'platform_admin' });
    const api = await person('late', { claims: { exp: Math.floor(Date.now() / 1_000) - 60 } });
    const answer = await api.get('/admin/tenants', { 'x-request-id': 'same' });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe((await strangerOf(aegis.app).get('/admin/tenants', { 'x-request-id': 'same' })).text);
    const huge = await person('late', { claims: { filler: 'x'.repeat(200_000) } });
    expect((await huge.get('/admin/tenants')).status).toBe(401);
  });
});
