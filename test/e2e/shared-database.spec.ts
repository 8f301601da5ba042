import { randomUUID } from 'node:crypto';
import { HmacKeyMint } from '@aegis/infrastructure/tenants/hmac-key-mint';
import { onProduction, startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type Answer, type TestTenant } from '../support/api-client';
import { CuttableWay } from '../support/cuttable-way';
import { AUDIENCE, OidcProtocolServer } from '../support/oidc-protocol-server';

const START_MS = 180_000;
/** What the contract promises of everything that is taken away. */
const EVERYWHERE_MS = 5_000;
/** Longer than any process remembers a key. */
const FORGOTTEN_MS = 4_500;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const describeOnProduction = onProduction ? describe : describe.skip;

/** When the last one was asked that was still answered so, in milliseconds from now; fails long after the promised time. */
async function untilNot(status: number, ask: () => Promise<Answer>): Promise<number> {
  const start = Date.now();
  let lastAskedMs = 0;
  for (let askedMs = 0; (await ask()).status === status; askedMs = Date.now() - start) {
    lastAskedMs = askedMs;
    if (askedMs > 4 * EVERYWHERE_MS) throw new Error(`the answer is still ${status}`);
    await pause(50);
  }
  return lastAskedMs;
}

describeOnProduction('a database that is lost (needs native PostgreSQL and Redis)', () => {
  let way: CuttableWay;
  let aegis: RunningAegis;
  let tenant: TestTenant;

  beforeAll(async () => {
    const { way: opened, url } = await CuttableWay.to(process.env['DATABASE_URL'] ?? '');
    way = opened;
    aegis = await startAegis({ DATABASE_URL: url });
    tenant = await newTenant(aegis.app);
  }, START_MS);
  afterAll(async () => {
    await aegis.close();
    way.cut();
  });

  const calls = (): readonly (readonly [string, () => Promise<Answer>])[] => [
    ['a list', () => tenant.api.get('/documents')],
    ['an upload', () => tenant.api.upload('연차.md', '# 연차\n\n연차는 17일이다.')],
    ['a search', () => tenant.api.post('/search', { query: '연차는 며칠인가요?' })],
    ['a question', () => tenant.api.post('/query', { query: '연차는 며칠인가요?' })],
    ['a stream', () => tenant.api.post('/query/stream', { query: '연차는 며칠인가요?' })],
    ['usage', () => tenant.api.get('/usage')],
    ['a key that is not known yet', () => new ApiClient(aegis.app, new HmacKeyMint(Buffer.alloc(32)).mint('live')).get('/documents')],
    ['an administrator', () => administratorOf(aegis.app).get('/admin/tenants')],
    ['a new tenant', () => administratorOf(aegis.app).post('/admin/tenants', { name: '동해상사' })],
  ];

  it(
    'is told to everybody as 503 overloaded with Retry-After, and found again without a restart',
    async () => {
      for (const key of ['remembered', 'looked up again']) {
        expect((await tenant.api.get('/documents')).body.data).toEqual([]);
        way.cut();
        if (key === 'looked up again') await pause(FORGOTTEN_MS);
        for (const [what, ask] of calls()) {
          const { status, body, headers, text } = await ask();
          expect([what, status, body.code]).toEqual([what, 503, 'overloaded']);
          expect(Number(headers['retry-after'])).toBeGreaterThan(0);
          expect(text).not.toMatch(/ECONN|127\.0\.0\.1|terminated|postgres/i);
        }
        const health = strangerOf(aegis.app);
        expect([(await health.get('/health/ready')).status, (await health.get('/health/live')).status]).toEqual([503, 200]);
        await way.mend();
        expect(await untilNot(503, () => tenant.api.get('/documents'))).toBeLessThan(EVERYWHERE_MS);
      }
      // What was refused has left nothing, and the next upload is taken.
      expect((await tenant.api.get('/documents')).body.data).toEqual([]);
      expect((await tenant.api.upload('연차.md', '# 연차\n\n연차는 17일이다.')).status).toBe(202);
    },
    START_MS,
  );
});

describeOnProduction('administrators of two applications over one database (needs native PostgreSQL and Redis)', () => {
  it(
    'have tokens that both take, and that end for both within 5 s when their tenant is suspended',
    async () => {
      const [one, other] = [await startAegis(), await startAegis()];
      try {
        const tenant = await newTenant(one.app);
        const issued = await administratorOf(one.app).post('/admin/auth/token', { tenant_id: tenant.id });
        const platform = await administratorOf(other.app).post('/admin/auth/token', {});
        for (const { app } of [one, other]) {
          expect((await new ApiClient(app, issued.body.access_token).get(`/admin/tenants/${tenant.id}`)).status).toBe(200);
          expect((await new ApiClient(app, platform.body.access_token).get('/admin/tenants?limit=1')).status).toBe(200);
        }
        await administratorOf(one.app).patch(`/admin/tenants/${tenant.id}`, { is_active: false });
        const atOther = new ApiClient(other.app, issued.body.access_token);
        expect(await untilNot(200, () => atOther.get(`/admin/tenants/${tenant.id}`))).toBeLessThan(EVERYWHERE_MS);
        expect((await atOther.get(`/admin/tenants/${tenant.id}`)).body.code).toBe('tenant_suspended');
      } finally {
        await Promise.all([one.close(), other.close()]);
      }
    },
    START_MS,
  );

  it(
    'are let in and turned away by both within 5 s of their appointment and its end',
    async () => {
      const provider = await OidcProtocolServer.start();
      const environment = { OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE };
      const [one, other] = [await startAegis(environment), await startAegis(environment)];
      try {
        const subject = `${randomUUID()}:김관리`;
        const token = await provider.token(subject);
        const atOther = () => new ApiClient(other.app, token).get('/admin/tenants?limit=1');
        expect((await atOther()).status).toBe(403);
        const appointed = await administratorOf(one.app).post('/admin/administrators', {
          ...{ issuer: provider.issuer, subject, role: 'platform_admin' },
        });
        expect(await untilNot(403, atOther)).toBeLessThan(EVERYWHERE_MS);
        expect((await atOther()).status).toBe(200);
        await administratorOf(one.app).delete(`/admin/administrators/${appointed.body.id}`);
        expect(await untilNot(200, atOther)).toBeLessThan(EVERYWHERE_MS);
        expect((await atOther()).body.code).toBe('insufficient_scope');
      } finally {
        await Promise.all([one.close(), other.close()]);
        await provider.close();
      }
    },
    START_MS,
  );
});
