import { startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type ApiClient } from '../support/api-client';

const REPORT =
  '# 2023년 3분기 실적\n\n2023년 3분기 매출은 42억원이다. 영업이익은 5억원이다.\n\n## 4분기 전망\n\n4분기 매출은 44억원으로 예상한다.\n';
const HANDBOOK =
  '# Security handbook\n\n## Passwords\n\nThe minimum length of a password is 14 characters.\n\n## Incidents\n\nA severity 1 incident must be acknowledged within 15 minutes.\n';

describe('queries', () => {
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
    ({ api } = await newTenant(aegis.app));
    await api.ingest('실적.md', REPORT, { doc_type: 'report', valid_from: '2023-10-01' });
    await api.ingest('handbook.md', HANDBOOK, { doc_type: 'policy', valid_from: '2023-01-01' });
  });
  afterAll(() => aegis.close());

  it.each([
    ['2023년 3분기 매출은 얼마인가요?', '42억', '실적.md'],
    ['What is the minimum length of a password?', '14 characters', 'handbook.md'],
  ])('answers %s from the document that says so, with exact quotes', async (query, expected, filename) => {
    const { status, body } = await api.post('/query', { query });
    expect(status).toBe(200);
    expect(body).toMatchObject({ refused: false, degraded: [], cache: 'miss', model: 'extractive', cost_usd: 0 });
    expect(body.answer).toContain(expected);
    expect(body.answer).toMatch(/\[1\]/);
    expect(body.confidence).toBeGreaterThanOrEqual(0.7);
    const cited = body.sources.find((source) => source.citation === 1);
    expect(cited).toMatchObject({ filename, version: 1, page: null });
    expect(cited?.similarity).toBeGreaterThan(0.5);
    const quotes = cited?.quotes.map(({ start, end }) => cited.content.slice(start, end));
    expect(quotes?.join(' ')).toContain(expected);
  });

  it.each([
    ['사내 어린이집의 운영 시간은 어떻게 되나요?', /신뢰도/],
    ['What is the exercise price of the employee stock options?', /confidence/i],
  ])('refuses %s, in the language of the question', async (query, reason) => {
    const { status, body } = await api.post('/query', { query });
    expect([status, body.refused, body.reason_code, body.sources]).toEqual([200, true, 'insufficient_evidence', []]);
    expect(body.reason).toMatch(reason);
    expect(Object.keys(body)).toEqual(expect.arrayContaining(['query_id', 'confidence', 'max_similarity', 'cost_usd', 'latency_ms']));
  });

  it('finds as many chunks as are asked for, also more than one leg hands to the ranking by default', async () => {
    const { api: many } = await newTenant(aegis.app);
    const sections = Array.from(
      { length: 45 },
      (_, index) => `# 제${index + 1}장\n\n${index + 1}번 창고의 관리 책임자는 ${index + 1}호 직원이다.\n`,
    );
    expect((await many.ingest('창고.md', sections.join('\n'))).body.chunk_count).toBe(45);
    for (const strategy of ['hybrid', 'vector', 'bm25']) {
      const { body } = await many.post('/search', { query: '창고의 관리 책임자', top_k: 50, retrieval: { strategy } });
      expect([strategy, body.results.length]).toEqual([strategy, 45]);
    }
  });

  it('searches without an answer', async () => {
    const { body } = await api.post('/search', { query: '3분기 매출', top_k: 1 });
    expect(body).toMatchObject({ results: [{ filename: '실적.md', citation: null, quotes: [] }], degraded: [] });
    expect(body.results).toHaveLength(1);
    expect(body.chunks_searched).toBeGreaterThanOrEqual(2);
  });

  it.each(['hybrid', 'vector', 'bm25'])('searches by the strategy %s', async (strategy) => {
    const { body } = await api.post('/search', { query: '3분기 매출은?', retrieval: { strategy, fusion: 'rrf', alpha: 0.3 } });
    expect(body.results[0]).toMatchObject({ filename: '실적.md', similarity: expect.any(Number) as number });
  });

  it('searches only what the filters let through', async () => {
    const names = async (filters: object) => {
      const { body } = await api.post('/search', { query: '매출 password', filters });
      return [...new Set(body.results.map((source) => source.filename))];
    };
    expect(await names({ doc_type: ['policy'] })).toEqual(['handbook.md']);
    expect(await names({ filenames: ['실적.md'.normalize('NFD')] })).toEqual(['실적.md']);
    expect(await names({ doc_type: ['policy'], filenames: ['실적.md'] })).toEqual([]);
    expect(await names({ created_after: '2999-01-01' })).toEqual([]);
  });

  it('sees what held at a time', async () => {
    const asOf = await api.post('/query', { query: '2023년 3분기 매출은 얼마인가요?', as_of_date: '2023-06-30' });
    expect(asOf.body.refused).toBe(true);
    const later = await api.post('/query', { query: '2023년 3분기 매출은 얼마인가요?', as_of_date: '2023-10-01' });
    expect(later.body.refused).toBe(false);
  });

  it('shows the trail of a query, and what it cost', async () => {
    const { body } = await api.post('/query', { query: '2023년 3분기 매출은 얼마인가요?', top_k: 3 });
    const audited = await api.get(`/audit/${body.query_id}`);
    expect(audited.status).toBe(200);
    expect(audited.body).toMatchObject({
      query_id: body.query_id,
      actor: { name: 'first key' },
      input: {
        query: '2023년 3분기 매출은 얼마인가요?',
        top_k: 3,
        min_confidence: 0.7,
        as_of_date: null,
        known_at: null,
        strategy: 'hybrid',
        alpha: 0.5,
      },
      retrieval: { confidence: body.confidence },
      generation: { provider: 'extractive' },
      response: { refused: false, answer: body.answer },
      cost_usd: 0,
    });
    const usage = await api.get('/usage');
    expect(usage.body).toMatchObject({ total_cost_usd: 0, monthly_quota_usd: 100, usage_pct: 0, documents_processed: 2 });
    expect(usage.body.queries).toBeGreaterThan(0);
    const records = await api.get('/usage/records?limit=1');
    expect(records.body.data).toHaveLength(1);
    expect(records.body.next_cursor).not.toBeNull();
    const csv = await api.get('/usage/records', { accept: 'text/csv' });
    const lines = csv.text.trim().split('\r\n');
    expect([csv.headers['content-type'], lines[0]?.split(',').slice(0, 3)]).toEqual([
      'text/csv; charset=utf-8',
      ['id', 'created_at', 'kind'],
    ]);
    expect(lines.length).toBeGreaterThan(3);
  });

  it.each(['/query', '/query/stream', '/search'])('keeps the trace that the client of %s names with the query', async (path) => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceOf = async (traceparent: string) => {
      const { text } = await api.post(path, { query: '2023년 3분기 매출은 얼마인가요?' }, { traceparent });
      const id = /"query_id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? '';
      return (await api.get(`/audit/${id}`)).body.trace_id;
    };
    expect(await traceOf(`00-${trace}-00f067aa0ba902b7-01`)).toBe(trace);
    const own = await traceOf('00-not-a-trace-01');
    expect(own).toMatch(/^[0-9a-f]{32}$/);
    expect(own).not.toBe(trace);
  });

  it('takes a period for usage, and refuses one that ends before it begins', async () => {
    const past = await api.get('/usage?period_start=2020-01-01&period_end=2020-01-31');
    expect(past.body).toMatchObject({ period_start: '2020-01-01', period_end: '2020-01-31', queries: 0 });
    const wrong = await api.get('/usage?period_start=2020-02-01&period_end=2020-01-31');
    expect([wrong.status, wrong.body.errors[0]?.pointer]).toEqual([400, '?period_end']);
  });

  it('takes the settings of the tenant where the query says nothing', async () => {
    const { api: strict } = await newTenant(aegis.app, { settings: { min_confidence: 1, top_k: 1 } });
    await strict.ingest('실적.md', REPORT);
    const { body } = await strict.post('/query', { query: '2023년 3분기 매출은 얼마인가요?' });
    expect(body).toMatchObject({ refused: true, reason_code: 'insufficient_evidence' });
    expect((await strict.get(`/audit/${body.query_id}`)).body.input).toMatchObject({ min_confidence: 1, top_k: 1 });
  });

  it('says that there are no documents', async () => {
    const { api: empty } = await newTenant(aegis.app);
    expect((await empty.post('/query', { query: '매출은?' })).body).toMatchObject({
      refused: true,
      reason_code: 'no_documents',
      max_similarity: null,
    });
  });
});
