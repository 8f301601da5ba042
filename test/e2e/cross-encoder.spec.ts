import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@aegis/infrastructure/configuration/settings';
import { openReranker } from '@aegis/infrastructure/providers/reranker/registry';
import { ROOT, startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, type ApiClient } from '../support/api-client';
import { RerankProtocolServer } from '../support/rerank-protocol-server';
import { tinyScore, writeTinyCrossEncoder } from '../support/tiny-cross-encoder';
import type { Wire } from '../support/wire';

const START_MS = 240_000;
const KEY = 'secret-reranker-key';
const TOPICS = ['연차', '병가', '출장', '회의실', '주차장', '구내식당'];
const QUERY = '연차는 며칠까지 쓸 수 있나요?';
const [TOKEN_PRICE, SEARCH_PRICE] = [0.5, 2];

const folder = mkdtempSync(join(tmpdir(), 'aegis-cross-'));
const prices = join(folder, 'prices.json');
writeFileSync(
  prices,
  JSON.stringify({
    jina: { 'a-model': { input: TOKEN_PRICE, output: 0 } },
    cohere: { 'a-model': { input: 0, output: 0, search: SEARCH_PRICE } },
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

async function ingestTopics(api: ApiClient, count = TOPICS.length): Promise<void> {
  for (const [at, topic] of TOPICS.slice(0, count).entries()) {
    await api.ingest(`${topic}.md`, `# ${topic}\n\n${topic} 이용은 한 해에 ${at + 3}일까지이며 총무팀에 신청한다.\n`);
  }
}
const filenames = ({ results }: Wire): readonly string[] => results.map(({ filename }) => filename);

describe.each(['jina', 'cohere'])('a cross-encoder at a provider: %s', (provider) => {
  let server: RerankProtocolServer;
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    server = await RerankProtocolServer.start();
    const at = { RERANKER_PROVIDER: provider, RERANKER_URL: server.origin, RERANKER_API_KEY: KEY, RERANKER_MODEL: 'a-model' };
    aegis = await startAegis({ ...at, AEGIS_PRICES: prices, RERANKER_TIMEOUT_MS: '4000' });
    ({ api } = await newTenant(aegis.app));
    await ingestTopics(api);
  }, START_MS);
  beforeEach(() => {
    server.heal();
    server.scoreOf = (_query, passage) => (passage.includes('주차장') ? 0.9 : passage.includes('병가') ? 0.8 : 0.1);
  });
  afterAll(async () => {
    await aegis.close();
    await server.close();
  });

  /** Another question each time: what was found before is found again without asking. */
  let asked = 0;
  const search = async (about: object = {}) => (await api.post('/search', { query: `${QUERY} ${(asked += 1)}`, top_k: 6, ...about })).body;
  const audited = async ({ query_id }: { query_id: string }) => (await api.get(`/audit/${query_id}`)).body;

  it('decides the order of what was found, and is written down without its key', async () => {
    const body = await search();
    expect([filenames(body).slice(0, 2), body.degraded]).toEqual([['주차장.md', '병가.md'], []]);
    expect(body.results).toHaveLength(6);
    const entry = await audited(body);
    expect(entry.retrieval.reranker).toEqual({ provider, model: 'a-model', digest: null });
    expect(server.requests.at(-1)?.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.stringify(entry)).not.toContain(KEY);
  });

  it('is paid: a line of the ledger, the cost of the query, and nothing where nobody was asked', async () => {
    const [before, body] = [(await api.get('/usage')).body, await search()];
    const cost = provider === 'jina' ? (7 * TOPICS.length * TOKEN_PRICE) / 1e6 : (2 * SEARCH_PRICE) / 1e3;
    expect(body.cost_usd).toBeCloseTo(Math.ceil(cost * 1e6 - 1e-6) / 1e6, 9);
    const { data } = (await api.get('/usage/records?limit=5')).body;
    expect(data.find(({ kind }) => kind === 'reranking')).toMatchObject({ provider, model: 'a-model', cost_usd: body.cost_usd });
    const { breakdown } = (await api.get('/usage')).body;
    expect(breakdown.query_cost_usd - before.breakdown.query_cost_usd).toBeCloseTo(body.cost_usd, 9);
    const { length } = server.requests;
    const [again, without] = [await search({ query: QUERY }), await search({ retrieval: { rerank: false } })];
    expect(without.cost_usd).toBe(0);
    const hit = await search({ query: QUERY });
    expect([hit.cache, hit.cost_usd, filenames(hit)]).toEqual(['hit', 0, filenames(again)]);
    expect(server.requests).toHaveLength(length + 1);
  });

  it('is repeated by a replay from what it said then, without asking it again, whatever it says now', async () => {
    const body = await search();
    server.scoreOf = (_query, passage) => (passage.includes('출장') ? 0.9 : 0.1);
    await api.ingest(`새 규정 ${provider}.md`, '# 연차\n\n연차는 스무 날까지 쓸 수 있다.\n');
    const { length } = server.requests;
    const replay = (await api.post(`/audit/${body.query_id}/replay`, {})).body;
    expect(replay).toMatchObject({ identical: true, reranker: 'kept', differences: [] });
    expect(server.requests).toHaveLength(length);
    const plain = await search({ retrieval: { rerank: false } });
    expect((await api.post(`/audit/${plain.query_id}/replay`, {})).body).toMatchObject({ identical: true, reranker: 'none' });
  });

  describe('for a tenant whose tokens are limited', () => {
    const tokensOf = async (kind: string) => {
      const { data } = (await api.get('/usage/records?limit=5')).body;
      return data.find((record) => record.kind === kind)?.tokens_in ?? 0;
    };
    const limited = async (tokens_per_hour: number): Promise<ApiClient> => {
      const { api: tenant } = await newTenant(aegis.app, { settings: { tokens_per_hour } });
      await ingestTopics(tenant, 2);
      return tenant;
    };

    it('counts as what it read: the next query is refused that the vector alone would leave room for', async () => {
      const body = await search({ query: QUERY + ' 몇 토큰?' });
      expect(body.degraded).toEqual([]);
      expect(await tokensOf('reranking')).toBeGreaterThanOrEqual(7 * TOPICS.length);
      const tenant = await limited((await tokensOf('query_embedding')) + 1);
      expect((await tenant.post('/search', { query: QUERY + ' 몇 토큰?', top_k: 6 })).status).toBe(200);
      const { length } = server.requests;
      const refused = await tenant.post('/query', { query: '다른 질문' });
      expect([refused.status, refused.body.code]).toEqual([429, 'token_rate_limited']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_500);
      expect(refused.headers['content-type']).toContain('application/problem+json');
      expect(server.requests).toHaveLength(length);
    });

    it('is set aside before it is asked: a crowd does not get in on what one of it may still read', async () => {
      const tenant = await limited(20_000);
      server.fail('hang');
      const { length } = server.requests;
      const first = tenant.post('/search', { query: `${QUERY} 하나` });
      while (server.requests.length === length) await new Promise((resolve) => setTimeout(resolve, 5));
      const refused = await tenant.post('/search', { query: `${QUERY} 둘` });
      server.release();
      expect([refused.status, refused.body.code]).toEqual([429, 'token_rate_limited']);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(5); // what it does not read is free again soon
      expect((await first).body.degraded).toEqual([]);
      expect((await tenant.post('/search', { query: `${QUERY} 셋` })).status).toBe(200);
    });
  });

  it.each(['error_500', 'hang', 'html', 'not_a_number', 'slow_down'] as const)(
    'never fails a query, and says that it is missing: %s',
    async (fault) => {
      server.fail(fault, fault);
      const { status, body } = await api.post('/search', { query: `${QUERY} ${fault}`, top_k: 6 });
      expect([status, body.degraded, body.cost_usd]).toEqual([200, ['reranker_unavailable'], 0]);
      expect(filenames(body)[0]).not.toBe('주차장.md');
      expect((await audited(body)).retrieval.reranker).toBeNull();
      const replay = (await api.post(`/audit/${body.query_id}/replay`, {})).body;
      expect(replay).toMatchObject({ identical: true, reranker: 'none' });
      server.heal();
    },
  );

  it('is not asked for a tenant that cannot pay it', async () => {
    const { api: poor, id } = await newTenant(aegis.app);
    await poor.ingest('연차.md', '# 연차\n\n연차는 열다섯 날이다.\n');
    await poor.ingest('병가.md', '# 병가\n\n병가는 예순 날이다.\n');
    const administrator = administratorOf(aegis.app);
    expect((await administrator.patch(`/admin/tenants/${id}`, { monthly_quota_usd: 0.0001 })).status).toBe(200);
    const { length } = server.requests;
    const { status, body } = await poor.post('/search', { query: QUERY });
    expect([status, body.code]).toEqual([402, 'quota_exceeded']);
    expect((await poor.post('/search', { query: QUERY, retrieval: { rerank: false } })).status).toBe(200);
    expect(server.requests).toHaveLength(length);
  });
});

describe('a cross-encoder in a folder', () => {
  it('decides the order, costs nothing, and is known by its weights', async () => {
    writeTinyCrossEncoder(folder);
    const aegis = await startAegis({ RERANKER_PROVIDER: 'onnx', RERANKER_MODEL_DIR: folder });
    try {
      const { api } = await newTenant(aegis.app);
      const texts = ['leave', 'leave leave', 'leave leave leave', 'paid'];
      for (const [at, text] of texts.entries()) await api.ingest(`${at}.txt`, text);
      const { body } = await api.post('/search', { query: '휴가 leave' });
      const best = [...texts].sort((a, b) => tinyScore('휴가 leave', b) - tinyScore('휴가 leave', a));
      expect(body.results.map(({ content }) => content)).toEqual(best);
      expect([body.degraded, body.cost_usd]).toEqual([[], 0]);
      const { data } = (await api.get('/usage/records?limit=2')).body;
      expect(data.find(({ kind }) => kind === 'reranking')?.tokens_in).toBeGreaterThan(texts.length); // free, and counted
      const { retrieval } = (await api.get(`/audit/${body.query_id}`)).body;
      expect(retrieval.reranker).toMatchObject({ provider: 'onnx', digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    } finally {
      await aegis.close();
    }
  });

  it.each([
    [{ RERANKER_PROVIDER: 'onnx' }, 'RERANKER_MODEL_DIR is required'],
    [{ RERANKER_PROVIDER: 'tei' }, 'RERANKER_URL is required'],
    [{ RERANKER_PROVIDER: 'cohere' }, 'RERANKER_MODEL is required'],
    [{ RERANKER_PROVIDER: 'jina', RERANKER_MODEL: 'a-model' }, 'no price for a-model of jina'],
    [{ RERANKER_PROVIDER: 'tei', RERANKER_URL: 'ftp://127.0.0.1' }, 'RERANKER_URL'],
    [{ RERANKER_PROVIDER: 'tei', RERANKER_URL: 'http://user:word@127.0.0.1' }, 'RERANKER_URL must not carry'],
    [{ RERANKER_PROVIDER: 'onnx', RERANKER_MODEL_DIR: tmpdir() }, 'cannot be used: no model.onnx'],
  ])('does not start with %j', async (environment, message) => {
    const start = async () => {
      const { reranker } = readSettings({ AEGIS_DATA_DIR: folder, ...environment }, ROOT);
      await (await openReranker(reranker)).close();
    };
    await expect(start()).rejects.toThrow(message);
  });
});
