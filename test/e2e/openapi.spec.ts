import Ajv2020 from 'ajv/dist/2020';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, strangerOf, type Answer, type ApiClient } from '../support/api-client';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly $ref?: string } }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: object }> }>;
}
interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const MARKDOWN = '# 규정\n\n연차 유급휴가는 1년에 17일이다.\n';

describe('the OpenAPI document', () => {
  let aegis: RunningAegis;
  let api: ApiClient;
  let document: OpenApi;
  let operations: readonly (readonly [string, Operation])[];

  beforeAll(async () => {
    aegis = await startAegis();
    ({ api } = await newTenant(aegis.app));
    document = JSON.parse((await strangerOf(aegis.app).get('/openapi.json')).text) as OpenApi;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    );
  });
  afterAll(() => aegis.close());

  it('is 3.1, shows the /v1 form of every route and is the same at /v1/openapi.json', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).filter((path) => !path.startsWith('/v1/'))).toEqual([]);
    expect(JSON.parse((await strangerOf(aegis.app).get('/v1/openapi.json')).text)).toEqual(document);
  });

  it('says of every operation what it does, what it answers and how it fails', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, { summary, tags, responses, security }] of operations) {
      expect([name, summary.length > 5, tags.length]).toEqual([name, true, 1]);
      expect([name, Object.keys(responses).some((status) => status.startsWith('2'))]).toEqual([name, true]);
      if (security?.length === 0) continue;
      for (const status of ['401', '429'])
        expect([name, Object.keys(responses[status]?.content ?? {})]).toEqual([name, ['application/problem+json']]);
    }
  });

  it('lets every POST be sent again under an Idempotency-Key, but the one whose answer lives for minutes', () => {
    const isKeyed = ({ parameters = [] }: Operation) => parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key');
    const posts = operations.filter(([name]) => name.startsWith('POST'));
    expect(posts.filter(([, operation]) => !isKeyed(operation)).map(([name]) => name)).toEqual(['POST /v1/admin/auth/token']);
    for (const [name, { responses }] of posts.filter(([, operation]) => isKeyed(operation))) {
      const told = JSON.stringify([responses['409'], responses['422']]);
      expect([name, told.includes('idempotency_in_progress'), told.includes('idempotency_key_reused')]).toEqual([name, true, true]);
    }
  });

  it('names no schema that is not there, and every body has one', () => {
    const withoutBody = ['POST /v1/audit/{query_id}/replay', 'POST /v1/admin/jobs/{id}/retry'];
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '');
    expect(names.filter((name) => !Object.hasOwn(document.components.schemas, name))).toEqual([]);
    const bodies = operations.filter(([name]) => /^(POST|PATCH)/.test(name) && !withoutBody.includes(name));
    expect(bodies.filter(([, { requestBody }]) => Object.values(requestBody?.content ?? {})[0]?.schema.$ref === undefined)).toEqual([]);
  });

  it('is served with a page that needs nothing from elsewhere', async () => {
    const stranger = strangerOf(aegis.app);
    const page = await stranger.get('/docs');
    expect(page.text).not.toMatch(/(?:src|href)="https?:/);
    const files = [...page.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, (await stranger.get(`/${file}`)).status]).toEqual([file, 200]);
  });

  /** Checks a real answer against what the document promises for it; a field that is not promised is a mistake too. */
  function check(operation: string, answer: Answer): void {
    const found = operations.find(([name]) => name === operation)?.[1];
    const mediaType = String(answer.headers['content-type']).split(';')[0] ?? '';
    const schema = found?.responses[String(answer.status)]?.content?.[mediaType]?.schema;
    if (schema === undefined) throw new Error(`${operation} documents no ${answer.status} as ${mediaType}`);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const closed = JSON.parse(
      JSON.stringify(document.components).replaceAll(
        '{"type":"object","properties"',
        '{"type":"object","additionalProperties":false,"properties"',
      ),
    ) as object;
    const valid = ajv.compile({ ...schema, components: closed });
    const holds = valid(JSON.parse(answer.text));
    expect([operation, answer.status, holds ? [] : valid.errors]).toEqual([operation, answer.status, []]);
  }

  it('keeps its word: answers have the shape it promises', async () => {
    const admin = administratorOf(aegis.app);
    const uploaded = await api.upload('규정.md', MARKDOWN, { title: '규정', metadata: '{"a":{"b":1}}' });
    check('POST /v1/documents', uploaded);
    const { body } = await api.ended(uploaded.body.id);
    check('POST /v1/documents', await api.upload('규정.md', MARKDOWN));
    check('GET /v1/documents/{id}', await api.get(`/documents/${body.id}`));
    check('GET /v1/documents', await api.get('/documents'));
    check('GET /v1/documents/{id}/chunks', await api.get(`/documents/${body.id}/chunks`));
    const answered = await api.post('/query', { query: '연차 유급휴가는 1년에 며칠인가?', min_confidence: 0 });
    expect(answered.body.refused).toBe(false);
    check('POST /v1/query', answered);
    check('POST /v1/query', await api.post('/query', { query: '구내식당 점심 메뉴는?', min_confidence: 1 }));
    check('POST /v1/search', await api.post('/search', { query: '연차' }));
    check('POST /v1/query/stream/tickets', await api.post('/query/stream/tickets', { query: '연차' }));
    check('GET /v1/audit/{query_id}', await api.get(`/audit/${answered.body.query_id}`));
    check('POST /v1/audit/{query_id}/replay', await api.send('POST', `/audit/${answered.body.query_id}/replay`, undefined, {}));
    check('GET /v1/usage', await api.get('/usage'));
    check('GET /v1/usage/records', await api.get('/usage/records'));
    const created = await admin.post('/admin/tenants', { name: '동해물산', settings: { top_k: 3, language: 'ko' } });
    check('POST /v1/admin/tenants', created);
    const address = `/admin/tenants/${created.body.id}`;
    check('GET /v1/admin/tenants', await admin.get('/admin/tenants'));
    check('GET /v1/admin/tenants/{id}', await admin.get(address));
    check('PATCH /v1/admin/tenants/{id}', await admin.patch(address, { name: '동해상사' }));
    check('POST /v1/admin/tenants/{id}/api-keys', await admin.post(`${address}/api-keys`, { name: 'a', scopes: ['query'] }));
    check('GET /v1/admin/jobs', await admin.get('/admin/jobs'));
    check('GET /v1/admin/system', await admin.get('/admin/system'));
    check('GET /v1/admin/tenants/{id}/api-keys', await admin.get(`${address}/api-keys`));
    for (const path of ['/health', '/health/live', '/health/ready']) check(`GET /v1${path}`, await strangerOf(aegis.app).get(path));
    check('DELETE /v1/documents/{id}', await api.delete(`/documents/${body.id}`));
    check('GET /v1/documents/{id}', await api.get('/documents/nonsense'));
    check('POST /v1/query', await api.post('/query', { query: '', x: 1 }));
  });
});
