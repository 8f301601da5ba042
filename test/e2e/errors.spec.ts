import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, strangerOf, type Answer, type ApiClient } from '../support/api-client';

const NOWHERE = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const codeOf = ({ status, body }: Answer): readonly [number, string] => [status, body.code];
const fieldsOf = ({ body }: Answer): readonly (readonly [string, string])[] => body.errors.map(({ pointer, code }) => [pointer, code]);

describe('errors', () => {
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
    ({ api } = await newTenant(aegis.app));
  });
  afterAll(() => aegis.close());

  const rawQuery = (payload: string | Buffer, headers: Record<string, string> = {}) =>
    api.send('POST', '/query', payload, { 'content-type': 'application/json', ...headers });

  it('are problem details with a stable code and the request id', async () => {
    const answer = await api.get(`/documents/${NOWHERE}`, { 'x-request-id': 'my-request.1' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': 'my-request.1',
      'cache-control': 'no-store',
    });
    expect(answer.body).toEqual({
      type: 'urn:aegis:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: 'There is no such thing here.',
      instance: 'urn:aegis:request:my-request.1',
      code: 'not_found',
      request_id: 'my-request.1',
    });
  });

  it('give another request id for one that is malformed', async () => {
    const { headers } = await api.get('/health/live', { 'x-request-id': 'a b' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('speak Korean to whoever prefers it; the code stays', async () => {
    const korean = await api.get('/nowhere', { 'accept-language': 'fr, ko-KR;q=0.9, en;q=0.5' });
    expect([korean.body.title, korean.body.code, korean.headers['content-language']]).toEqual(['찾을 수 없음', 'not_found', 'ko']);
    const invalid = await api.post('/query', { query: '매출은?', top_k: 99 }, { 'accept-language': 'ko' });
    expect(invalid.body.errors).toEqual([{ pointer: '/top_k', code: 'out_of_range', message: '50 이하여야 합니다' }]);
    const missing = await api.post('/query', {}, { 'accept-language': 'ko' });
    expect(missing.body.errors).toEqual([{ pointer: '/query', code: 'required', message: '필수 항목입니다' }]);
  });

  it.each(['/nowhere', '/v1/nowhere', '/v1/v1/query', '/deletions/1', '/audit', '/admin/job', '/', '/documents/'])(
    'know no %s',
    async (url) => {
      expect(codeOf(await api.get(url))).toEqual([404, 'not_found']);
    },
  );

  it('say which methods an address takes', async () => {
    const put = await api.send('PUT', '/documents', '<x/>', { 'content-type': 'application/xml' });
    expect([...codeOf(put), put.headers['allow']]).toEqual([405, 'method_not_allowed', 'GET, HEAD, POST']);
    const get = await api.get('/v1/search');
    expect([...codeOf(get), get.headers['allow']]).toEqual([405, 'method_not_allowed', 'POST']);
  });

  it('tell an address that nobody can read', async () => {
    expect(codeOf(await api.get('/documents/%zz'))).toEqual([400, 'bad_request']);
  });

  it.each([
    ['no JSON', '{"query": ', 'The body is not JSON.', '본문이 JSON이 아닙니다.'],
    ['no body', '', 'A body is needed here, and none came.', '본문이 필요하지만 없습니다.'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"query":"\xff"}', 'latin1'),
      'The body is not UTF-8: some of its bytes are no characters.',
      '본문이 UTF-8이 아닙니다. 문자가 아닌 바이트가 있습니다.',
    ],
    [
      'nesting without end',
      `{"query":${'['.repeat(5_000)}`,
      'The JSON is nested more than 32 levels deep.',
      'JSON이 32단계보다 깊게 중첩되어 있습니다.',
    ],
    [
      'a dangerous key',
      '{"query":"a","__proto__":{"x":1}}',
      'The JSON has a key that is never taken: "__proto__", "constructor" or "prototype".',
      'JSON에 받을 수 없는 키가 있습니다: "__proto__", "constructor" 또는 "prototype".',
    ],
  ])('call a body with %s malformed, and say why', async (_, payload, english, korean) => {
    const answer = await rawQuery(payload);
    expect([...codeOf(answer), answer.body.detail]).toEqual([400, 'malformed_body', english]);
    expect((await rawQuery(payload, { 'accept-language': 'ko' })).body.detail).toBe(korean);
  });

  it('take 32 levels of nesting', async () => {
    const lists = `${'['.repeat(31)}${']'.repeat(31)}`;
    expect(codeOf(await rawQuery(`{"query":"a","more":${lists}}`))).toEqual([400, 'validation_failed']);
    expect(codeOf(await rawQuery(`{"query":"a","more":[${lists}]}`))).toEqual([400, 'malformed_body']);
  });

  it.each([
    ['a list', '[]', [['', 'wrong_type']]],
    ['an unknown field', '{"query":"a","limit":1}', [['/limit', 'unknown_field']]],
    ['a field twice', '{"query":"a","query":"b"}', [['/query', 'duplicate_field']]],
    ['no query', '{"top_k":1}', [['/query', 'required']]],
    ['only spaces', '{"query":"  \\n "}', [['/query', 'too_short']]],
    ['half a character', '{"query":"\\ud800"}', [['/query', 'invalid_text']]],
    ['a zero character', '{"query":"a\\u0000b"}', [['/query', 'invalid_text']]],
    ['a number as text', '{"query":"a","top_k":"5"}', [['/top_k', 'wrong_type']]],
    ['null for a number', '{"query":"a","top_k":null}', [['/top_k', 'wrong_type']]],
    ['filters that are a list', '{"query":"a","filters":[]}', [['/filters', 'wrong_type']]],
    [
      'unknown and wrong filters',
      '{"query":"a","filters":{"x":1,"tags":["a",2],"document_ids":["1"]}}',
      [
        ['/filters/x', 'unknown_field'],
        ['/filters/tags/1', 'wrong_type'],
        ['/filters/document_ids/0', 'invalid_format'],
      ],
    ],
    [
      'lists with wrong items',
      JSON.stringify({ query: 'a', filters: { tags: ['ok', 'x'.repeat(10_000), 'y', 'z'.repeat(10_000)], filenames: 'a.md', 'a/b~c': 1 } }),
      [
        ['/filters/tags/1', 'too_long'],
        ['/filters/tags/3', 'too_long'],
        ['/filters/filenames', 'wrong_type'],
        ['/filters/a~1b~0c', 'unknown_field'],
      ],
    ],
    ['a time in the future', '{"query":"a","known_at":"2999-01-01"}', [['/known_at', 'in_future']]],
    ['a day that no calendar has', '{"query":"a","as_of_date":"2023-02-29"}', [['/as_of_date', 'invalid_format']]],
    [
      'a strategy that is none',
      '{"query":"a","retrieval":{"strategy":"magic","alpha":2}}',
      [
        ['/retrieval/strategy', 'not_allowed'],
        ['/retrieval/alpha', 'out_of_range'],
      ],
    ],
    ['a turn of nobody', '{"query":"a","history":[{"role":"system","content":"x"}]}', [['/history/0/role', 'not_allowed']]],
    [
      '41 turns',
      JSON.stringify({ query: 'a', history: Array.from({ length: 41 }, () => ({ role: 'user', content: 'x' })) }),
      [['/history', 'too_many']],
    ],
  ])('name the fields of a body with %s', async (_, payload, expected) => {
    const answer = await rawQuery(payload);
    expect(codeOf(answer)).toEqual([400, 'validation_failed']);
    expect([...fieldsOf(answer)].sort()).toEqual([...expected].sort());
  });

  it.each([
    '/documents?lim=1',
    '/documents?limit=0',
    '/documents?limit=101',
    '/documents?limit=abc',
    '/documents?limit=1&limit=2',
    '/documents?latest_only=maybe',
    `/documents/${NOWHERE}?x=1`,
    '/usage?from=2024',
  ])('refuse the query string of %s', async (url) => {
    const answer = await api.get(url);
    expect(codeOf(answer)).toEqual([400, 'validation_failed']);
    expect(fieldsOf(answer)[0]?.[0]).toMatch(/^\?\w+$/);
  });

  it.each([
    ['8,001 characters', 8_001],
    ['a body of its own size limit', 400_000],
    ['more than any body may have', 1_200_000],
  ])('have one code for a query of %s', async (_, length) => {
    const answer = await rawQuery(JSON.stringify({ nonsense: true, query: '가'.repeat(length) }));
    expect([...codeOf(answer), answer.body.detail]).toEqual([413, 'query_too_long', 'A query may have 8,000 characters at most.']);
  });

  it('take a query of exactly 8,000 characters, spaces around it not counted', async () => {
    expect((await rawQuery(JSON.stringify({ query: `  ${'가'.repeat(8_000)}  ` }))).status).toBe(200);
  });

  it('refuse ten megabytes of JSON', async () => {
    const answer = await rawQuery(JSON.stringify({ query: 'a', history: 'x'.repeat(10_000_000) }));
    expect(codeOf(answer)).toEqual([413, 'body_too_large']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense'])(
    'refuse a body of %s',
    async (type) => {
      expect(codeOf(await api.send('POST', '/query', 'query=a', { 'content-type': type }))).toEqual([415, 'unsupported_media_type']);
    },
  );

  it.each<['POST' | 'DELETE', string]>([
    ['POST', `/audit/${NOWHERE}/replay`],
    ['POST', `/admin/jobs/${NOWHERE}/retry`],
    ['DELETE', `/documents/${NOWHERE}`],
    ['DELETE', `/admin/tenants/${NOWHERE}`],
    ['DELETE', `/admin/tenants/${NOWHERE}/api-keys/${NOWHERE}`],
    ['DELETE', `/admin/administrators/${NOWHERE}`],
  ])('refuse fields at %s %s, which takes no body', async (method, url) => {
    const asker = url.startsWith('/admin') ? administratorOf(aegis.app) : api;
    const asJson = { 'content-type': 'application/json' };
    const refused = await asker.send(method, url, '{"a/b":1,"all_versions":true}', asJson);
    expect([...codeOf(refused), fieldsOf(refused)]).toEqual([
      ...[400, 'validation_failed'],
      [
        ['/a~1b', 'unknown_field'],
        ['/all_versions', 'unknown_field'],
      ],
    ]);
    expect(fieldsOf(await asker.send(method, url, '[]', asJson))).toEqual([['', 'wrong_type']]);
    for (const [empty, headers] of [[undefined, {}] as const, ['', asJson] as const, ['{}', asJson] as const]) {
      expect(codeOf(await asker.send(method, url, empty, headers))).toEqual([404, 'not_found']);
    }
  });

  it('refuse a compressed body, which nobody here unpacks', async () => {
    expect(codeOf(await rawQuery('{"query":"a"}', { 'content-encoding': 'gzip' }))).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['euc-kr', 'EUC-KR', '"euc-kr"', 'utf-16', 'latin1', '', 'utf-8; charset=euc-kr'])(
    'refuse JSON that says it is in %s: read as UTF-8 it would be another text',
    async (charset) => {
      const answer = await rawQuery('{"query":"연차는 며칠인가요?"}', { 'content-type': `application/json; charset=${charset}` });
      expect([...codeOf(answer), answer.body.detail]).toEqual([
        ...[415, 'unsupported_media_type'],
        'JSON is read as UTF-8 only; the Content-Type names another charset.',
      ]);
    },
  );

  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8'])('take JSON that says it is in %s', async (charset) => {
    expect((await rawQuery('{"query":"연차는?"}', { 'content-type': `application/json;charset=${charset}` })).status).toBe(200);
  });

  it('leave no field’s message in English where Korean was asked for', async () => {
    const korean = { 'accept-language': 'ko' };
    const wrong = {
      query: 7,
      top_k: 99,
      min_confidence: -1,
      more: 1,
      filters: { tags: ['x'.repeat(300)], document_ids: ['x'], created_after: 'x' },
      history: [{ role: 'x' }],
      retrieval: { strategy: 'x', rerank: 'x' },
    };
    const answers = [
      await api.post('/query', wrong, korean),
      await api.get('/usage?period_start=2024-02-01&period_end=2024-01-01', korean),
      await api.get('/documents?limit=1&limit=2', korean),
      await api.form([{ name: 'file', filename: '..', content: '# a' }], korean),
      await rawQuery('{"query":"a","query":"b"}', korean),
    ];
    for (const { body } of answers) {
      for (const { message } of body.errors as unknown as { message: string }[]) expect(message).toMatch(/[가-힣]/);
    }
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
  });

  it('ask for a key before they look at a body', async () => {
    const answer = await strangerOf(aegis.app).send('POST', '/query', '{"que', { 'content-type': 'application/json' });
    expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
  });
});
