import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningAegis } from '../support/aegis';
import { onProduction, startAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type Answer, type TestTenant } from '../support/api-client';

const POLICY = { 'ratelimit-policy': expect.stringMatching(/^"requests";q=\d+;w=\d+$/) as string };
const LIMIT = { ratelimit: expect.stringMatching(/^"requests";r=\d+;t=\d+$/) as string };
const statusOf = ({ status }: Answer) => status;

describe('limits', () => {
  let aegis: RunningAegis;
  beforeAll(async () => {
    aegis = await startAegis();
  }, 90_000);
  afterAll(() => aegis.close());

  it('are told in every answer to somebody who is known, refusals too', async () => {
    const { api, id } = await newTenant(aegis.app);
    const issued = await administratorOf(aegis.app).post(`/admin/tenants/${id}/api-keys`, { name: 'reader', scopes: ['documents:read'] });
    const reader = new ApiClient(aegis.app, issued.body.key);
    const answers = [
      await api.get('/documents'),
      await api.post('/query', { query: '' }),
      await reader.post('/query', { query: '연차' }),
      await api.get('/documents/0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11'),
      await api.upload('a.md', ''),
      await administratorOf(aegis.app).get('/admin/tenants'),
    ];
    expect(answers.map(statusOf)).toEqual([200, 400, 403, 404, 422, 200]);
    for (const { headers } of answers) expect(headers).toMatchObject({ ...POLICY, ...LIMIT });
  });

  it('are told to a suspended tenant too, whatever it comes with, and hold for it', async () => {
    const { api, id } = await newTenant(aegis.app, { settings: { rate_limit_rps: 5 } });
    const administrator = administratorOf(aegis.app);
    const issued = await administrator.post(`/admin/tenants/${id}/api-keys`, { name: 'admin', scopes: ['admin'] });
    const token = (await administrator.post('/admin/auth/token', { tenant_id: id })).body.access_token;
    const { ticket } = (await api.post('/query/stream/tickets', { query: '연차' })).body;
    const path = `/admin/tenants/${id}`;
    const ways: (() => Promise<Answer>)[] = [
      () => api.get('/documents'),
      () => new ApiClient(aegis.app, issued.body.key).get(path),
      () => new ApiClient(aegis.app, token).get(path),
    ];
    for (const way of ways) expect((await way()).status).toBe(200);
    await administrator.patch(path, { is_active: false });
    ways.push(() => strangerOf(aegis.app).get(`/query/stream?ticket=${encodeURIComponent(ticket)}`));
    for (const way of ways) {
      let answer = await way();
      for (const end = Date.now() + 6_000; answer.status !== 403 && Date.now() < end; answer = await way()) await sleep(250);
      expect([answer.status, answer.body.code]).toEqual([403, 'tenant_suspended']);
      expect(answer.headers).toMatchObject({ 'ratelimit-policy': '"requests";q=10;w=2', ...LIMIT });
    }
    const crowd = await Promise.all(Array.from({ length: 40 }, () => api.get('/documents')));
    // What the ways above have left of the window.
    expect(crowd.map(statusOf)).toContain(429);
    expect(crowd.map(statusOf).filter((status) => ![403, 429].includes(status))).toEqual([]);
  });

  it('are not told to nobody', async () => {
    const { headers } = await new ApiClient(aegis.app, 'ag_live_nonsense').get('/documents');
    expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });

  it('of tokens hold from the moment that they are set, and are lifted again', async () => {
    const { id, api } = await newTenant(aegis.app);
    expect((await api.post('/search', { query: '연차 휴가는 며칠인가요?' })).status).toBe(200);
    const administrator = administratorOf(aegis.app);
    const change = (tokensPerHour: number | null) =>
      administrator.patch(`/admin/tenants/${id}`, { settings: { tokens_per_hour: tokensPerHour } });
    const firstWith = async (status: number): Promise<Answer> => {
      const late = Date.now() + 10_000;
      for (;;) {
        const answer = await api.post('/search', { query: '연차 휴가는 며칠인가요?' });
        if (answer.status === status || Date.now() > late) return answer;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    expect((await change(1)).status).toBe(200);
    const refused = await firstWith(429);
    expect([refused.status, refused.body.code]).toEqual([429, 'token_rate_limited']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
    expect(refused.headers).toMatchObject(POLICY);
    const asked = [
      await api.post('/query', { query: '연차 휴가는 며칠인가요?' }),
      await api.post('/query/stream', { query: '연차 휴가는?' }),
    ];
    expect(asked.map(({ status, body }) => [status, body.code])).toEqual(asked.map(() => [429, 'token_rate_limited']));
    expect((await change(null)).status).toBe(200);
    expect((await firstWith(200)).status).toBe(200);
    expect((await administrator.get('/metrics')).text).toMatch(/aegis_rate_limited_total\{reason="tokens"\} [1-9]/);
  });

  describe('of an address', () => {
    const CROWD = 100;
    const FLOOD = 800;
    const ask = async (remoteAddress: string, url: string, method: 'GET' | 'DELETE' = 'GET', authorization?: string) => {
      const { statusCode, headers, body } = await aegis.app.inject({
        ...{ method, url, remoteAddress },
        headers: authorization === undefined ? {} : { authorization },
      });
      return { status: statusCode, headers, body };
    };
    /** One crowd that is larger than the burst: of smaller ones a slow machine would serve fewer than are given back meanwhile. */
    const flooded = async (one: () => Promise<{ readonly status: number }>): Promise<readonly number[]> => [
      ...new Set((await Promise.all(Array.from({ length: FLOOD }, one))).map(({ status }) => status)),
    ];
    /** Asks in crowds until a whole one was refused, or for long enough. */
    async function crowded(one: () => Promise<{ readonly status: number }>): Promise<readonly number[]> {
      const seen = new Set<number>();
      for (let round = 0; round < 40; round++) {
        const statuses = (await Promise.all(Array.from({ length: CROWD }, one))).map(({ status }) => status);
        statuses.forEach((status) => seen.add(status));
        if (statuses.every((status) => status === 429)) break;
      }
      return [...seen];
    }

    it.each<[string, 'GET' | 'DELETE', string, number]>([
      ['what asks for no key', 'GET', '/metrics', 200],
      ['what leads nowhere', 'GET', '/nowhere', 404],
      ['what is done there by no method', 'DELETE', '/documents', 405],
      ['whoever puts a key into the address', 'GET', '/documents?token=a', 401],
    ])('hold for %s, and not for the sign of life', async (_, method, url, status) => {
      const [address, other] = [`198.51.100.${status % 251}`, '203.0.113.7'];
      expect(await flooded(() => ask(address, url, method))).toEqual([status, 429]);
      const refused = await ask(address, url, method);
      if (refused.status === 429) expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await ask(address, '/health/live')).status).toBe(200);
      expect((await ask(other, url, method)).status).toBe(status);
    });

    describe('with stream tickets', () => {
      const ELSEWHERE = '203.0.113.8';
      let tenant: TestTenant;
      beforeAll(async () => {
        tenant = await newTenant(aegis.app);
      });
      const ticket = async () => encodeURIComponent((await tenant.api.post('/query/stream/tickets', { query: '연차' })).body.ticket);
      const redeem = async (given: string, address: string) => (await ask(address, `/query/stream?ticket=${given}`)).status;

      it('hold for tickets that are worth nothing; a good one that comes then stays good', async () => {
        const address = '198.51.100.252';
        const spent = await ticket();
        expect(await redeem(spent, address)).toBe(200);
        // What an address may fail comes back ten times a second: the good ticket comes right behind one that was turned away.
        let [good, answered] = ['', 0];
        for (let round = 0; round < 10 && answered !== 429; round++) {
          good = await ticket();
          await Promise.all(Array.from({ length: CROWD }, () => redeem(spent, address)));
          while ((await redeem(spent, address)) !== 429);
          answered = await redeem(good, address);
        }
        expect(answered).toBe(429);
        expect(await redeem(good, ELSEWHERE)).toBe(200);
      });

      it('are others than with keys: whoever guesses keys holds up no ticket', async () => {
        const address = '198.51.100.253';
        const good = await ticket();
        const guess = `Bearer ag_live_${'x'.repeat(61)}`;
        expect(await crowded(() => ask(address, '/documents', 'GET', guess))).toEqual([401, 429]);
        expect(await redeem(good, address)).toBe(200);
      });
    });
  });

  it('do not count the address that a client says it has', async () => {
    const guess = (forwarded: string) =>
      new ApiClient(aegis.app, `ag_live_${'x'.repeat(61)}`).get('/documents', { 'x-forwarded-for': forwarded });
    const statuses = new Set<number>();
    for (let count = 0; count < 150; count++) statuses.add((await guess(`203.0.113.${count}`)).status);
    expect([...statuses]).toEqual([401, 429]);
  });
});

describe('the bound of queries at once', () => {
  it('lets others through while one tenant sends a crowd; who cannot wait any longer is told so', async () => {
    const aegis = await startAegis({ MAX_CONCURRENT_QUERIES: '1' });
    try {
      const [flood, other] = [await newTenant(aegis.app), await newTenant(aegis.app)];
      await Promise.all([flood.api.post('/search', { query: '연차' }), other.api.post('/search', { query: '연차' })]);
      // Questions that nobody remembers, more than can be answered one by one before the line is full or the first is tired of waiting.
      const crowd = Array.from({ length: 600 }, (_, number) => flood.api.post('/search', { query: `연차 ${number}` }));
      const guest = await other.api.post('/search', { query: '연차' });
      expect(guest.status).toBe(200);
      const answers = await Promise.all(crowd);
      const refused = answers.filter(({ status }) => status === 503);
      expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(600);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]?.body.code).toBe('overloaded');
      expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
      const metrics = await other.api.get('/metrics');
      expect(metrics.text).toMatch(/aegis_queries_running 0\n/);
      expect(metrics.text).toMatch(/aegis_queries_waiting 0\n/);
      expect((await flood.api.post('/search', { query: '연차' })).status).toBe(200);
    } finally {
      await aegis.close();
    }
  }, 120_000);
});

describe('a proxy', () => {
  it('that is trusted says for whom it asks', async () => {
    const aegis = await startAegis({ TRUSTED_PROXIES: '127.0.0.0/8' });
    try {
      const guess = (forwarded: string) =>
        new ApiClient(aegis.app, `ag_live_${'x'.repeat(61)}`).get('/documents', { 'x-forwarded-for': forwarded });
      const statuses = new Set<number>();
      for (let count = 0; count < 150; count++) statuses.add((await guess(`203.0.113.${count}`)).status);
      expect([...statuses]).toEqual([401]);
      for (let count = 0; count < 150; count++) statuses.add((await guess('2001:db8::' + count.toString(16))).status);
      expect([...statuses]).toEqual([401, 429]); // one subscriber, however many addresses it has
    } finally {
      await aegis.close();
    }
  }, 120_000);
});

(onProduction ? describe : describe.skip)('one limit over two applications', () => {
  it('admits exactly the burst of a hundred simultaneous requests', async () => {
    const [one, other] = [await startAegis({ RATE_LIMIT_RPS: '10' }), await startAegis({ RATE_LIMIT_RPS: '10' })];
    try {
      /** Requests that did not wait for a Redis that a busy machine held up: each application counts those by itself. */
      const alone = async (): Promise<number> => {
        const texts = await Promise.all([one, other].map(async ({ app }) => (await strangerOf(app).get('/metrics')).text));
        return texts.reduce((sum, text) => sum + Number(/^aegis_rate_limit_fallbacks_total (\d+)$/m.exec(text)?.[1] ?? 0), 0);
      };
      const statusesOfCrowd = async (): Promise<readonly number[]> => {
        const { key } = await newTenant(one.app, { settings: { rate_limit_rps: 0.1 } });
        const [first, second] = [new ApiClient(one.app, key), new ApiClient(other.app, key)];
        return (await Promise.all(Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? first : second).get('/documents')))).map(statusOf);
      };
      let before = await alone();
      let statuses = await statusesOfCrowd();
      for (let tries = 1; tries < 5 && (await alone()) > before; tries++) {
        await sleep(3_000); // until they share again
        before = await alone();
        statuses = await statusesOfCrowd();
      }
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 429)).toHaveLength(99);
    } finally {
      await one.close();
      await other.close();
    }
  }, 120_000);
});
