import { randomUUID } from 'node:crypto';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, type Answer, type TestTenant } from '../support/api-client';

const FACT = '# 복리후생\n\n건강검진은 해마다 10월에 하며 비용은 회사가 낸다. The annual health check takes place in October.';
const QUESTION = { query: '건강검진은 언제 하나요?', min_confidence: 0, top_k: 2 };
const SIMULTANEOUS = 50;

describe('Idempotency-Key', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;

  beforeAll(async () => {
    aegis = await startAegis();
    tenant = await newTenant(aegis.app, { settings: { rate_limit_rps: 1_000 } });
    await tenant.api.ingest('복리후생.md', FACT);
  }, 90_000);
  afterAll(() => aegis.close());

  const keyed = (key: string = randomUUID()) => ({ 'idempotency-key': key });
  const at = <Row>(tenantId: string, sql: string, parameters: unknown[] = []): Promise<Row[]> =>
    aegis.platform.database.tenants.transaction(tenantId as never, (manager) => manager.query<Row[]>(sql, parameters));
  const queriesOf = async ({ id }: TestTenant) => Number((await at<{ n: string }>(id, 'SELECT count(*) AS n FROM queries'))[0]?.n);
  const once = (answers: readonly Answer[]) => answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined);
  const statuses = (answers: readonly Answer[]) =>
    [...new Set(answers.map(({ status, body }) => (status < 300 ? String(status) : `${status} ${body.code}`)))].sort();
  const many = (ask: (index: number) => Promise<Answer>) => Promise.all(Array.from({ length: SIMULTANEOUS }, (_, index) => ask(index)));

  async function newcomer(): Promise<TestTenant> {
    const other = await newTenant(aegis.app, { settings: { rate_limit_rps: 1_000 } });
    await other.api.ingest('복리후생.md', FACT);
    return other;
  }

  it.each<[string, (api: ApiClient, headers: Record<string, string>) => Promise<Answer>]>([
    ['a query', (api, headers) => api.post('/query', QUESTION, headers)],
    ['a search', (api, headers) => api.post('/v1/search', QUESTION, headers)],
    ['a stream', (api, headers) => api.post('/query/stream', QUESTION, headers)],
    ['a stream ticket', (api, headers) => api.post('/query/stream/tickets', QUESTION, headers)],
  ])('answers %s again to the byte, and does it once', async (_, ask) => {
    const headers = keyed();
    const [before, first] = [await queriesOf(tenant), await ask(tenant.api, headers)];
    const after = await queriesOf(tenant);
    const again = await ask(tenant.api, headers);
    expect(first.status).toBeLessThan(300);
    expect([again.status, again.text, again.headers['content-type']]).toEqual([first.status, first.text, first.headers['content-type']]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(await queriesOf(tenant)).toBe(after);
    expect(after - before).toBeLessThanOrEqual(1);
    const other = await ask(tenant.api, keyed());
    expect(other.headers['idempotency-replayed']).toBeUndefined();
  });

  it('answers an upload again, and takes another file, name or field for another request', async () => {
    const { api } = await newTenant(aegis.app);
    const headers = keyed();
    const form = (content: string, filename = '회의록.md', title = '회의') =>
      api.form(
        [
          { name: 'title', content: title },
          { name: 'file', filename, content },
        ],
        headers,
      );
    const first = await form('# 가');
    expect(first.status).toBe(202);
    const again = await form('# 가');
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([202, first.text, 'true']);
    for (const other of [await form('# 나'), await form('# 가', '다른.md'), await form('# 가', '회의록.md', '다른 회의')]) {
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    }
    expect((await api.get('/documents?latest_only=false')).body.data).toHaveLength(1);
  });

  it('reads a body as what it says, not as how it is written, and an address with and without its version', async () => {
    const headers = { ...keyed(), 'content-type': 'application/json' };
    const first = await tenant.api.send('POST', '/query', '{"query":"건강검진은 언제?","top_k":2}', headers);
    const again = await tenant.api.send('POST', '/v1/query', ' { "top_k" : 2.0, "query" : "\\uac74강검진은 언제?" } ', headers);
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
  });

  it('lets one of fifty through, whoever else comes with the same name of a key', async () => {
    const [one, other] = [await newcomer(), await newcomer()];
    const key = randomUUID();
    const answers = await many((index) => (index % 2 === 0 ? one : other).api.post('/query', QUESTION, keyed(key)));
    expect(statuses(answers).filter((status) => !['200', '409 idempotency_in_progress'].includes(status))).toEqual([]);
    expect([await queriesOf(one), await queriesOf(other)]).toEqual([1, 1]);
    const [first, second] = [await one.api.post('/query', QUESTION, keyed(key)), await other.api.post('/query', QUESTION, keyed(key))];
    expect(new Set(answers.filter(({ status }) => status === 200).map(({ text }) => text))).toEqual(new Set([first.text, second.text]));
    expect(first.text).not.toBe(second.text);
    const running = answers.find(({ status }) => status === 409);
    if (running !== undefined) expect(running.headers['retry-after']).toBe('1');
  });

  it('refuses another body and another route under the same key, however many come at once', async () => {
    const one = await newcomer();
    const headers = keyed();
    const first = await one.api.post('/query', QUESTION, headers);
    const others = await many((index) =>
      index % 2 === 0
        ? one.api.post('/query', { ...QUESTION, top_k: index + 3 > 50 ? 50 : index + 3 }, headers)
        : one.api.post('/search', QUESTION, headers),
    );
    expect(statuses(others)).toEqual(['422 idempotency_key_reused']);
    expect(await queriesOf(one)).toBe(1);
    expect((await one.api.post('/query', QUESTION, headers)).text).toBe(first.text);
  });

  it('knows the keys of two API keys of one tenant apart', async () => {
    const one = await newcomer();
    const issued = await administratorOf(aegis.app).post(`/admin/tenants/${one.id}/api-keys`, { name: 'second', scopes: ['query'] });
    const second = new ApiClient(aegis.app, issued.body.key);
    const headers = keyed();
    const answers = await many((index) => (index % 2 === 0 ? one.api : second).post('/search', QUESTION, headers));
    expect(answers.filter(({ status }) => ![200, 409].includes(status))).toEqual([]);
    expect(await queriesOf(one)).toBe(2);
    expect(once(answers.filter(({ status }) => status === 200))).toHaveLength(2);
  });

  it('takes over from an owner that died, and only with the same request', async () => {
    const one = await newcomer();
    const headers = keyed('crashed');
    expect((await one.api.post('/query', QUESTION, headers)).status).toBe(200);
    // As if the first had died at work: claimed, and no answer.
    const row = `UPDATE idempotency_keys SET state = 'running', body_enc = NULL, status = NULL, lease_until = clock_timestamp()`;
    await at(one.id, `${row} + interval '1 min'`);
    const waiting = await one.api.post('/query', QUESTION, headers);
    expect([waiting.status, waiting.body.code]).toEqual([409, 'idempotency_in_progress']);
    await at(one.id, `${row} - interval '1 s'`);
    expect((await one.api.post('/query', { ...QUESTION, top_k: 9 }, headers)).body.code).toBe('idempotency_key_reused');
    const answers = await many(() => one.api.post('/query', QUESTION, headers));
    expect(once(answers.filter(({ status }) => status === 200))).toHaveLength(1);
    expect(await queriesOf(one)).toBe(2);
  });

  it('makes an administrator’s tenant and key once, and shows the same secret again', async () => {
    const administrator = administratorOf(aegis.app);
    const [name, headers] = [`한빛 ${randomUUID()}`, keyed()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => administrator.post('/admin/tenants', { name }, headers)));
    const created = answers.filter(({ status }) => status === 201);
    expect(new Set(created.map(({ text }) => text)).size).toBe(1);
    expect(statuses(answers).filter((status) => !['201', '409 idempotency_in_progress'].includes(status))).toEqual([]);
    const { id, api_key: first } = created[0]?.body ?? (await administrator.post('/admin/tenants', { name }, headers)).body;
    expect((await new ApiClient(aegis.app, first.key).get('/documents')).status).toBe(200);
    expect((await administrator.get('/admin/tenants?limit=100')).body.data.filter((one) => one.name === name)).toHaveLength(1);

    const issue = () => administrator.post(`/admin/tenants/${id}/api-keys`, { name: 'second', scopes: ['query'] }, headers);
    expect((await issue()).body.code).toBe('idempotency_key_reused');
    headers['idempotency-key'] = randomUUID();
    const [issued, again] = [await issue(), await issue()];
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([issued.text, 'true']);
    headers['idempotency-key'] = randomUUID();
    const rotate = () => administrator.post(`/admin/tenants/${id}/api-keys/${issued.body.id}/rotate`, { overlap_seconds: 60 }, headers);
    const [rotated, rotatedAgain] = [await rotate(), await rotate()];
    expect([rotated.status, rotatedAgain.text]).toEqual([201, rotated.text]);
    expect((await administrator.get(`/admin/tenants/${id}/api-keys`)).body.data).toHaveLength(3);
  });

  it('keeps nothing that quotes a document after the document is deleted', async () => {
    const one = await newcomer();
    const { data } = (await one.api.get('/documents')).body;
    const asks = ['/query', '/query/stream', '/search'].map((path) => () => one.api.post(path, QUESTION, keyed(path)));
    for (const ask of asks) expect((await ask()).text).toContain('건강검진');
    const unrelated = () => one.api.post('/query/stream/tickets', QUESTION, keyed('unrelated'));
    const ticket = await unrelated();
    expect((await one.api.delete(`/documents/${data[0]?.id}`)).status).toBe(202);
    for (const ask of asks) {
      const answer = await ask();
      expect([answer.headers['idempotency-replayed'], answer.text.includes('비용은 회사가')]).toEqual([undefined, false]);
    }
    expect((await unrelated()).text).toBe(ticket.text);
  });

  it('forgets a key after its day', async () => {
    const one = await newcomer();
    const headers = keyed('yesterday');
    const first = await one.api.post('/query', QUESTION, headers);
    await at(one.id, `UPDATE idempotency_keys SET expires_at = clock_timestamp() - interval '1 s'`);
    const next = await one.api.post('/search', QUESTION, headers);
    expect([next.status, next.headers['idempotency-replayed']]).toEqual([200, undefined]);
    expect(next.body.query_id).not.toBe(first.body.query_id);
  });

  it('keeps nothing of a request that had no effect', async () => {
    const one = await newTenant(aegis.app, { monthly_quota_usd: 1, settings: { rate_limit_rps: 1_000 } });
    const headers = keyed('refused');
    expect((await one.api.post('/query', { query: '' }, headers)).status).toBe(400);
    expect((await one.api.form([{ name: 'file', filename: 'a.txt', content: '' }], headers)).body.code).toBe('file_empty');
    expect((await one.api.post('/query', QUESTION, headers)).status).toBe(200);
    expect(await at(one.id, 'SELECT key FROM idempotency_keys')).toEqual([{ key: 'refused' }]);
  });

  it('keeps answers where nobody can read them', async () => {
    const one = await newcomer();
    const { text } = await one.api.post('/query', QUESTION, keyed('sealed'));
    const [row] = await at<{ body_enc: Buffer }>(one.id, 'SELECT body_enc FROM idempotency_keys');
    expect(row?.body_enc.length).toBe(Buffer.byteLength(text) + 29);
    expect(row?.body_enc.toString('utf8')).not.toContain('건강검진');
    // Under another name it opens as nothing.
    await at(one.id, `UPDATE idempotency_keys SET key = 'moved'`);
    expect((await one.api.post('/query', QUESTION, keyed('moved'))).status).toBe(500);
  });

  it.each(['', 'two words', 'ä', 'a'.repeat(256), '"unfinished', 'tab\there', 'one, two'])('refuses the key %j', async (key) => {
    const answer = await tenant.api.post('/query', QUESTION, keyed(key));
    expect([answer.status, answer.body.code, answer.body.errors[0]?.pointer]).toEqual([400, 'validation_failed', 'header:Idempotency-Key']);
  });

  it('takes the key as a string of structured fields too', async () => {
    const first = await tenant.api.post('/search', QUESTION, keyed('"8e03978e-40d5"'));
    const again = await tenant.api.post('/search', QUESTION, keyed('8e03978e-40d5'));
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
  });
});
