import type { RunningAegis } from '../support/aegis';
import { onProduction, startAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, type Answer } from '../support/api-client';

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
      const crowd = Array.from({ length: 260 }, () => flood.api.post('/search', { query: '연차' }));
      const guest = await other.api.post('/search', { query: '연차' });
      expect(guest.status).toBe(200);
      const answers = await Promise.all(crowd);
      const refused = answers.filter(({ status }) => status === 503);
      expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(260);
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
      const { key } = await newTenant(one.app, { settings: { rate_limit_rps: 0.1 } });
      const [first, second] = [new ApiClient(one.app, key), new ApiClient(other.app, key)];
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? first : second).get('/documents')));
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
      expect(answers.filter((answer) => answer.status === 429)).toHaveLength(99);
    } finally {
      await one.close();
      await other.close();
    }
  }, 120_000);
});
