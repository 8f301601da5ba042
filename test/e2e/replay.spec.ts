import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type Answer, type TestTenant } from '../support/api-client';

const RULES = '# 취업규칙\n\n연차 유급휴가는 1년에 15일이다.\n\n# 병가\n\n병가는 1년에 10일이며 진단서를 낸다.\n';
const LATER = '# 취업규칙\n\n연차 유급휴가는 1년에 99일이다.\n';
const QUESTION = '연차 유급휴가는 1년에 며칠인가?';

/** What the replay answers, as a client reads it. */
interface ReplayWire {
  readonly identical: boolean;
  readonly reason: string | null;
  readonly vector: string;
  readonly state: { readonly corpus_epoch: number; readonly valid_at: string | null };
  readonly original: { readonly chunk_ids: readonly string[] };
  readonly replayed: { readonly chunk_ids: readonly string[] };
  readonly differences: readonly { readonly chunk_id: string; readonly deleted: boolean }[];
  readonly deleted_documents: readonly { readonly document_id: string }[];
}
const replayOf = ({ body }: Answer): ReplayWire => body as unknown as ReplayWire;

async function counted(app: NestFastifyApplication, metric: string): Promise<number> {
  const { text } = await strangerOf(app).get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${metric} `));
  return Number(line?.split(' ')[1] ?? 0);
}

describe('POST /audit/{query_id}/replay', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let api: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
  });
  afterAll(() => aegis.close());
  beforeEach(async () => {
    tenant = await newTenant(aegis.app);
    ({ api } = tenant);
    await api.ingest('취업규칙.md', RULES);
  });

  const replay = (queryId: string, headers: Record<string, string> = {}): Promise<Answer> =>
    api.send('POST', `/audit/${queryId}/replay`, undefined, headers);

  it.each(['/query', '/search'])('finds again what %s found, whatever was uploaded since', async (path) => {
    const asked = await api.post(path, { query: QUESTION, min_confidence: 0 });
    await api.ingest('취업규칙.md', LATER);
    await api.ingest('출장.md', '# 출장\n\n연차 중의 출장은 없다.\n');
    const answer = await replay(asked.body.query_id);
    expect(answer.status).toBe(200);
    expect(replayOf(answer)).toMatchObject({ identical: true, reason: null, vector: 'kept', differences: [], deleted_documents: [] });
    expect(replayOf(answer).replayed.chunk_ids).toEqual(replayOf(answer).original.chunk_ids);
    expect(replayOf(answer).original.chunk_ids.length).toBeGreaterThan(0);
  });

  it('finds again what was found for many questions at once, follow-ups and dates among them', async () => {
    const sections = Array.from(
      { length: 40 },
      (_, n) => `# 제${n + 1}조\n\n${n + 1}번 창고의 연차 점검은 ${2010 + (n % 15)}년 ${(n % 4) + 1}분기에 한다.\n`,
    );
    await api.ingest('창고.md', sections.join('\n'), { tags: '["창고"]' });
    await api.ingest('leave.md', '# Leave\n\nAnnual leave is 15 days.\n\n# Sick leave\n\nSick leave is 10 days.\n', {
      valid_from: '2020-01-01',
    });
    const history = [
      { role: 'user', content: '연차 유급휴가는 며칠인가요?' },
      { role: 'assistant', content: '연차 유급휴가는 1년에 15일입니다.' },
    ];
    const bodies = [
      { query: '그럼 병가는?', history },
      { query: 'and what about sick leave?', history },
      { query: '2019년 3분기에 점검하는 창고는?' },
      { query: '2025년 12월 31일 기준 연차는 며칠인가?' },
      { query: '지난달에 올린 문서에서 병가는?' },
      { query: 'How many days of annual leave?', as_of_date: '2024-06-01' },
      { query: '창고 점검', filters: { tags: ['창고'] }, top_k: 20 },
      { query: '7번 창고의 점검', retrieval: { rerank: false } },
      { query: '7번 창고의 점검', retrieval: { fusion: 'rrf', alpha: 0.3 } },
      { query: '7번 창고의 점검', retrieval: { strategy: 'vector' } },
      { query: '12번 창고', top_k: 50 },
      { query: 'sick leave days' },
    ];
    const asked = await Promise.all(bodies.map((body) => api.post('/search', { ...body })));
    expect(asked.map(({ status }) => status)).toEqual(bodies.map(() => 200));
    await api.ingest('취업규칙.md', LATER, { valid_from: '2019-01-01' });
    await api.ingest('창고.md', sections.slice(3).join('\n'));
    const answers = await Promise.all(asked.map(({ body }) => replay(body.query_id)));
    const told = answers
      .map((answer) => replayOf(answer))
      .map(({ identical, reason, differences }) => ({ identical, reason, differences }));
    expect(told).toEqual(bodies.map(() => ({ identical: true, reason: null, differences: [] })));
    expect(answers.map((answer) => replayOf(answer).replayed.chunk_ids)).toEqual(
      asked.map(({ body }) => body.results.map(({ chunk_id: id }) => id)),
    );
  });

  it('says which document was deleted', async () => {
    const asked = await api.post('/search', { query: QUESTION });
    const documentId = (await api.get('/documents')).body.data[0]?.id ?? '';
    await api.delete(`/documents/${documentId}`);
    const answer = replayOf(await replay(asked.body.query_id));
    expect(answer).toMatchObject({ identical: false, reason: 'documents_deleted' });
    expect(answer.deleted_documents.map(({ document_id: id }) => id)).toEqual([documentId]);
    expect(answer.differences.length).toBe(answer.original.chunk_ids.length);
    expect(answer.differences.every(({ deleted }) => deleted)).toBe(true);
  });

  it('costs nothing, and is done once under an Idempotency-Key', async () => {
    const { body } = await api.post('/search', { query: QUESTION });
    const before = (await api.get('/usage')).text;
    const [first, second] = [
      await replay(body.query_id, { 'idempotency-key': 'once' }),
      await replay(body.query_id, { 'idempotency-key': 'once' }),
    ];
    expect([second.headers['idempotency-replayed'], second.text]).toEqual(['true', first.text]);
    expect((await api.get('/usage')).text).toBe(before);
  });

  it('needs the scope audit:read, and knows no query that is not there', async () => {
    const { body } = await api.post('/search', { query: QUESTION });
    const issued = await administratorOf(aegis.app).post(`/admin/tenants/${tenant.id}/api-keys`, { name: 'asks', scopes: ['query'] });
    const asking = new ApiClient(aegis.app, issued.body.key);
    const refused = await asking.send('POST', `/audit/${body.query_id}/replay`, undefined, {});
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
    for (const id of ['0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11', 'not-an-id']) {
      const missing = await replay(id);
      expect([missing.status, missing.body.code]).toEqual([404, 'not_found']);
    }
  });

  describe('memories', () => {
    it('serve the same question again while the documents are the same, and cost no tokens', async () => {
      const { app } = aegis;
      const before = { vectors: await counted(app, 'rag_embedding_cache_hits'), results: await counted(app, 'rag_result_cache_hits') };
      const ask = () => api.post('/query', { query: QUESTION, min_confidence: 0 });
      const [first, second] = [await ask(), await ask()];
      const tokensOf = ({ body }: Answer) =>
        (body as unknown as { readonly usage: { readonly embedding_tokens: number } }).usage.embedding_tokens;
      expect([first, second].map(({ body }) => body.cache)).toEqual(['miss', 'hit']);
      expect(tokensOf(first)).toBeGreaterThan(0);
      expect(tokensOf(second)).toBe(0);
      expect(second.body.sources.map(({ chunk_id: id }) => id)).toEqual(first.body.sources.map(({ chunk_id: id }) => id));
      expect(await counted(app, 'rag_embedding_cache_hits')).toBe(before.vectors + 1);
      expect(await counted(app, 'rag_result_cache_hits')).toBe(before.results + 1);
      await api.ingest('취업규칙.md', LATER);
      const third = await ask();
      expect(third.body.cache).toBe('miss');
      expect(third.body.answer).toContain('99일');
    });

    it('serve nothing to a tenant that was suspended meanwhile', async () => {
      await api.post('/search', { query: QUESTION });
      expect((await api.post('/search', { query: QUESTION })).body.cache).toBe('hit');
      await administratorOf(aegis.app).patch(`/admin/tenants/${tenant.id}`, { is_active: false });
      const deadline = Date.now() + 6_000;
      let answer = await api.post('/search', { query: QUESTION });
      while (answer.status === 200 && Date.now() < deadline) answer = await api.post('/search', { query: QUESTION });
      expect([answer.status, answer.body.code]).toEqual([403, 'tenant_suspended']);
    });
  });

  it('is seen in the metrics of searches, without a word of the tenant', async () => {
    const found = 'rag_search_requests_total{strategy="bm25",outcome="found"}';
    const nothing = 'rag_search_requests_total{strategy="bm25",outcome="nothing"}';
    const before = [await counted(aegis.app, found), await counted(aegis.app, nothing)];
    const bm25 = (query: string) => api.post('/search', { query, retrieval: { strategy: 'bm25' } });
    const { body } = await bm25(QUESTION);
    await bm25('흑요석');
    await replay(body.query_id);
    expect([await counted(aegis.app, found), await counted(aegis.app, nothing)]).toEqual([(before[0] ?? 0) + 2, (before[1] ?? 0) + 1]);
    const { text } = await strangerOf(aegis.app).get('/metrics');
    for (const name of ['rag_search_latency_seconds', 'rag_rerank_top1_score']) {
      expect(text).toMatch(new RegExp(`${name}_count\\{strategy="bm25"\\} [1-9]`));
    }
    for (const word of ['연차', tenant.id, '한빛정밀', '취업규칙']) expect(text).not.toContain(word);
  });
});
